"""Builds tests/fixtures/heads: small random checkpoints with heads for whole texts, and what transformers' pipelines and
sentence-transformers' CrossEncoder make of them; and pairs of texts as transformers tokenizes them.

    python tests/python/head_fixtures.py [NAME ...]
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from fixture_parts import TEXTS, randomize, rewrite_weights, write_json  # first: it sets what the libraries read when imported

import torch
import transformers
from family_checkpoints import BERT, FAMILIES, POSITIONS, REST, ROBERTA, V3, old_buffers, write_tokenizer
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
OUT = FIXTURES / "heads"
LONG, SHORT = TEXTS[9], TEXTS[0]
PAIRS = [(SHORT, "the story was bad"), (SHORT, LONG), (LONG, SHORT), (LONG, LONG), (LONG, LONG + " good"), (LONG + " good", LONG), ("", SHORT),
         (SHORT, ""), ("", ""), (TEXTS[4], TEXTS[5]), ("a b c d e f g h i j k l m n o p", LONG), (LONG, "a b c d e f g h i j k l m n o p q")]
LABELS = ["a good film", "river", "Paris"]
TEMPLATES = ["This example is {}.", "{} was the story"]
NLI = {0: "contradiction", 1: "neutral", 2: "entailment"}
IDENTITY = "torch.nn.modules.linear.Identity"
TYPES = ["input_ids", "token_type_ids", "attention_mask"]

BART = dict(d_model=12, encoder_layers=2, decoder_layers=3, encoder_attention_heads=2, decoder_attention_heads=3, encoder_ffn_dim=20,
            decoder_ffn_dim=16, max_position_embeddings=POSITIONS)
SHAPES = {model_type: shape[:4] for model_type, shape in FAMILIES.items()} | {
    "bert": ("Bert", BERT, dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20, max_position_embeddings=POSITIONS), POSITIONS),
    "bart": ("Bart", ROBERTA, BART, POSITIONS),
}
OTHERS = [name for name in SHAPES if name not in ("bert", "bart")]
SIZES = {"deberta-v2": dict(V3, type_vocab_size=2)}


def case(model_type, labels, change=None, tokenizer=None, dtype=None, cross=False, **config):
    return dict(model_type=model_type, labels=labels, change=change, tokenizer=tokenizer or {}, dtype=dtype, cross=cross, config=config)


def numbers(n):
    return {i: f"LABEL_{i}" for i in range(n)}


def with_buffers(tensors):
    """As released ones of the first versions are."""
    return old_buffers("bert.", POSITIONS)(tensors)


BERT_CLASS = dict(tokenizer_class="BertTokenizer")
CASES = {
    "bert": case("bert", NLI, tokenizer=BERT_CLASS, change=with_buffers),
    "bert_without_types": case("bert", {0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"}, tokenizer=dict(BERT_CLASS, model_input_names=TYPES[::2])),
    "bert_unnamed": case("bert", numbers(4), tokenizer=BERT_CLASS, dtype=torch.float16),
    "bert_many_labels": case("bert", {0: "joy", 1: "fear", 2: "anger"}, tokenizer=BERT_CLASS, problem_type="multi_label_classification"),
    "bert_regression": case("bert", numbers(1), tokenizer=BERT_CLASS, problem_type="regression"),
    "bert_cross_encoder": case("bert", numbers(1), tokenizer=BERT_CLASS, sbert_ce_default_activation_function=IDENTITY),
    "bert_cross_encoder_saved": case("bert", numbers(1), tokenizer=BERT_CLASS, cross=True),
    "electra_types": case("electra", {0: "not_entailment", 1: "entailment"}, tokenizer=dict(tokenizer_class="ElectraTokenizerFast")),
    "deberta-v2_tanh": case("deberta-v2", NLI, tokenizer=dict(model_input_names=TYPES), pooler_hidden_act="tanh", pooler_dropout=0.1, cls_dropout=0.2, **V3),
    "modernbert_mean": case("modernbert", NLI, classifier_pooling="mean", classifier_bias=True, classifier_activation="relu", norm_bias=True),
    "bart": case("bart", NLI),
    "bart_scaled": case("bart", {0: "entailment", 1: "neutral", 2: "contradiction"}, scale_embedding=True, activation_function="relu"),
} | {name: case(name, NLI) for name in OTHERS} | {
    f"{name}_cross_encoder": case(name, numbers(1), sentence_transformers=dict(version="5.0.0", activation_fn=IDENTITY) if i % 2 else None)
    for i, name in enumerate(OTHERS)
}


def write_checkpoint(name, folder, model_type, labels, change, tokenizer, dtype, cross, config):
    start, special, sizes, longest = SHAPES[model_type]
    values = dict(vocab_size=len(special) + len(REST)) | sizes | SIZES.get(model_type, {}) | config
    values |= dict(id2label=labels, label2id={label: i for i, label in labels.items()})
    torch.manual_seed(0)
    model = getattr(transformers, f"{start}ForSequenceClassification")(getattr(transformers, f"{start}Config")(**values))
    randomize(model, f"heads/{name}")
    model.to(dtype or torch.float32).save_pretrained(folder)
    write_tokenizer(folder, special, longest)
    if special is ROBERTA:
        fast = json.loads((folder / "tokenizer.json").read_text())
        sep, cls = fast["post_processor"]["sep"], fast["post_processor"]["cls"]
        fast["post_processor"] = {"type": "RobertaProcessing", "sep": sep, "cls": cls, "trim_offsets": True, "add_prefix_space": False}
        write_json(folder / "tokenizer.json", fast)
    configured = json.loads((folder / "tokenizer_config.json").read_text())
    write_json(folder / "tokenizer_config.json", configured | tokenizer)
    if cross:
        CrossEncoder(str(folder), device="cpu", local_files_only=True, activation_fn=torch.nn.Identity()).save_pretrained(str(folder), create_model_card=False)
        settings = json.loads((folder / "config_sentence_transformers.json").read_text())
        write_json(folder / "config_sentence_transformers.json", settings | dict(prompts={"query": "the query: "}, default_prompt_name="query"))
    written = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", {key: value for key, value in written.items() if key != "sentence_transformers" or value})
    if change:
        rewrite_weights(folder, change)
    (folder / "model.safetensors").chmod(0o644)


@torch.inference_mode()
def expect(folder, labels):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    logits = lambda *texts, **how: model(**tokenizer(*texts, return_tensors="pt", **how)).logits
    tensors = {"logits": torch.cat([logits(text, truncation=True) for text in TEXTS])}
    facts = {}
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    facts["predictions"] = [[[one["label"], one["score"]] for one in text] for text in classify(TEXTS, top_k=None, truncation=True)]
    if any(label.lower().startswith("entail") for label in labels.values()):
        zero_shot = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer, device="cpu")

        def scores(labels, **how):
            rows = [zero_shot(text, candidate_labels=labels, **how) for text in filled]
            return [[row["scores"][row["labels"].index(label)] for label in labels] for row in rows]

        filled = [text for text in TEXTS if text]  # the pipeline takes no empty one
        facts["zero_shot"] = [dict(labels=labels, template=template, multi_label=many, scores=scores(labels, hypothesis_template=template, multi_label=many))
                              for labels in (LABELS, LABELS[:1]) for template in TEMPLATES for many in (False, True)]
    if len(labels) == 1:
        cross = CrossEncoder(str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32})
        predict = lambda **how: torch.from_numpy(cross.predict(PAIRS, show_progress_bar=False, **how))
        tensors["scores"] = predict()
        tensors["scores.none"] = predict(activation_fn=torch.nn.Identity())
        tensors["scores.sigmoid"] = predict(activation_fn=torch.nn.Sigmoid())
    write_json(folder / "expected.json", facts)
    save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "expected.safetensors")
    (folder / "expected.safetensors").chmod(0o644)


def write_pairs():
    """Pairs as the tokenizers of tests/fixtures/text make them, but SigLIP's, which no head is for and whose Python cuts in its own way."""
    found = {}
    for folder in sorted(path for path in (FIXTURES / "text").iterdir() if path.is_dir() and "siglip" not in path.name):
        with tempfile.TemporaryDirectory() as whole:
            shutil.copytree(folder, whole, dirs_exist_ok=True)
            if not (folder / "config.json").is_file():
                write_json(Path(whole) / "config.json", {"model_type": "bert"})
            tokenizer = AutoTokenizer.from_pretrained(whole)
        cases = []
        for length in (9, 12):
            for cut in ("longest_first", "only_first"):
                for first, second in PAIRS:
                    try:
                        ids = tokenizer([first], [second], truncation=cut, max_length=length)["input_ids"][0]
                    except Exception as error:  # the second alone is too long
                        if cut != "only_first" or "too short" not in str(error):
                            raise
                        ids = None
                    cases.append([PAIRS.index((first, second)), cut, length, ids])
        found[folder.name] = cases
    write_json(OUT / "pairs.json", found)


def main():
    chosen = sys.argv[1:] or [*CASES, "pairs"]
    write_json(OUT / "inputs.json", {"texts": TEXTS, "pairs": PAIRS})
    for name in chosen:
        if name == "pairs":
            write_pairs()
            continue
        folder = OUT / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_checkpoint(name, folder, **CASES[name])
        expect(folder, CASES[name]["labels"])
        print(f"{name}: {sum(f.stat().st_size for f in folder.rglob('*') if f.is_file()):,} bytes", flush=True)


if __name__ == "__main__":
    main()
