"""Full-size models with heads for whole texts against transformers and sentence-transformers; exits non-zero if a limit is passed.

    python tests/python/parity_heads.py --lib target/release/libglyxel.so --minilm FOLDER --reviews FILE [--only NAME] [--markdown FILE]

The references run in processes of their own, so that their libtorch and the library's never meet.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from glyxel import Glyxel
from parity_checks import Table, elsewhere
from parity_models import SHAPES as ENCODERS
from parity_models import join_reviews, with_random_biases, write_tokenizer

# Of the tokenizer at hand, BERT's.
SPECIAL = dict(pad_token_id=0, bos_token_id=101, eos_token_id=102, decoder_start_token_id=102, forced_eos_token_id=102)
BART = dict(d_model=1024, encoder_layers=12, decoder_layers=12, encoder_attention_heads=16, decoder_attention_heads=16, encoder_ffn_dim=4096,
            decoder_ffn_dim=4096, max_position_embeddings=1024, **SPECIAL)
CHOSEN = ["bert-base", "roberta-base", "xlm-roberta-base", "camembert-base", "distilbert-base", "mpnet-base", "electra-base", "albert-base-v2",
          "deberta-v3-base", "modernbert-base", "nomic-embed-text"]
SHAPES = {name: ENCODERS[name] for name in CHOSEN} | {"bart-large": ("Bart", BART)}
NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}
LABELS = ["a comedy", "a drama", "a waste of time"]


# ---- the references --------------------------------------------------------------------------------------------------


def headed(folder, tokenizer_from, name, labels):
    """A random model with a head; the head's weights are large enough that labels differ from text to text."""
    import torch
    import transformers

    kind, config = SHAPES[name]
    torch.manual_seed(7)
    config = getattr(transformers, f"{kind}Config")(vocab_size=30522, id2label=labels, label2id={v: k for k, v in labels.items()}, **config)
    model = with_random_biases(getattr(transformers, f"{kind}ForSequenceClassification")(config))
    base = {id(value) for value in model.base_model.parameters()}
    with torch.no_grad():
        for value in model.parameters():
            if id(value) not in base:
                value.mul_(5)
    model.save_pretrained(folder)
    write_tokenizer(folder, tokenizer_from, 512)


def transformers_says(folder, texts):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        one = lambda text: model(**tokenizer(text, truncation=True, return_tensors="pt")).logits
        logits = torch.cat([one(text) for text in texts]).numpy()
    zero_shot = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer, device="cpu")

    def scores(multi_label):
        rows = [zero_shot(text, candidate_labels=LABELS, multi_label=multi_label) for text in texts[:8]]
        return np.array([[row["scores"][row["labels"].index(label)] for label in LABELS] for row in rows])

    return logits, scores(False), scores(True)


def cross_encoder_says(folder, pairs):
    import torch
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32})
    return model.predict(pairs, show_progress_bar=False), model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)


# ---- checks ----------------------------------------------------------------------------------------------------------


def relative(got, expected):
    """The largest difference of a row as a fraction of its norm."""
    return (np.linalg.norm(got - expected, axis=-1) / np.linalg.norm(expected, axis=-1)).max()


def logits_of(model, texts):
    rows = model.classify_texts(texts, activation="none")
    return np.array([[score for _, _, score in sorted(row, key=lambda one: one[1])] for row in rows])


def check_classes(table, library, name, minilm, texts, work):
    folder = work / "model"
    elsewhere(headed, folder, minilm, name, NLI)
    expected, single, many = elsewhere(transformers_says, folder, texts)
    with library.load(folder, cache_dir=work / "cache") as model:
        table.at_most(f"{name}: logits, {len(texts)} texts, difference by norm", relative(logits_of(model, texts), expected), 1e-5)
        wrong = sum(row[0][0] != NLI[best] for row, best in zip(model.classify_texts(texts, top_k=1), expected.argmax(1), strict=True))
        table.add(f"{name}: labels that differ", str(wrong), "0", wrong == 0)
        table.at_most(f"{name}: zero-shot, one label", np.abs(model.zero_shot_texts(texts[:8], LABELS) - single).max(), 1e-5)
        table.at_most(f"{name}: zero-shot, many labels", np.abs(model.zero_shot_texts(texts[:8], LABELS, activation="sigmoid") - many).max(), 1e-5)
    shutil.rmtree(folder)
    shutil.rmtree(work / "cache")


def check_scores(table, library, name, minilm, pairs, work):
    folder = work / "model"
    elsewhere(headed, folder, minilm, name, {0: "LABEL_0"})
    expected, logits = elsewhere(cross_encoder_says, folder, pairs)
    with library.load(folder, cache_dir=work / "cache") as model:
        table.at_most(f"{name}: cross-encoder, {len(pairs)} pairs", np.abs(model.score_pairs(pairs) - expected).max(), 1e-5)
        limit = 1e-5 * max(1.0, float(np.abs(logits).max()))
        table.at_most(f"{name}: cross-encoder without activation", np.abs(model.score_pairs(pairs, activation="none") - logits).max(), limit)
    shutil.rmtree(folder)
    shutil.rmtree(work / "cache")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lib", required=True, help="libglyxel.so")
    parser.add_argument("--minilm", required=True, help="the folder of all-MiniLM-L6-v2, for its tokenizer")
    parser.add_argument("--reviews", required=True, help="one film review a line")
    parser.add_argument("--markdown", help="write the table to this file too")
    parser.add_argument("--only", choices=list(SHAPES), action="append", help="check just this model (repeatable)")
    arguments = parser.parse_args()

    reviews = Path(arguments.reviews).read_text(encoding="utf-8").splitlines()
    library, table = Glyxel(arguments.lib), Table()
    texts = elsewhere(join_reviews, arguments.minilm, reviews, 24, 4, 128)
    # Two that are too long, so that the truncation of pairs counts.
    long = elsewhere(join_reviews, arguments.minilm, reviews, 3, 400, 600)
    pairs = [*zip(texts[::2], texts[1::2]), *zip(long, long[1:]), (texts[0], long[0]), (long[0], texts[0])]
    with tempfile.TemporaryDirectory(prefix="glyxel-parity-") as folder:
        for name in arguments.only or SHAPES:
            check_classes(table, library, name, arguments.minilm, [*texts, long[0]], Path(folder))
            if name != "bart-large":
                check_scores(table, library, name, arguments.minilm, pairs, Path(folder))
    if arguments.markdown:
        Path(arguments.markdown).write_text(table.markdown(), encoding="utf-8")
    sys.exit(f"{table.failed} of {len(table.rows)} checks failed" if table.failed else 0)


if __name__ == "__main__":
    main()
