"""The architectures of parity.py at full size, with random weights. Only processes of their own import this: it needs torch."""

import json

import numpy as np

BASE = dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072)
LARGE = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
ROBERTA = dict(BASE, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)
DEBERTA = dict(relative_attention=True, position_buckets=256, max_relative_positions=-1, norm_rel_ebd="layer_norm", share_att_key=True,
               pos_att_type="p2c|c2p", layer_norm_eps=1e-7, position_biased_input=False, type_vocab_size=0)
MODERN = dict(pad_token_id=0, cls_token_id=101, bos_token_id=101, sep_token_id=102, eos_token_id=102, max_position_embeddings=8192)
# the class's name and its config; vocabularies are that of the tokenizer at hand, which changes one table and no arithmetic
SHAPES = {
    "bert-base": ("Bert", BASE),
    "bert-large": ("Bert", LARGE),
    "roberta-base": ("Roberta", ROBERTA),
    "xlm-roberta-base": ("XLMRoberta", ROBERTA),
    "camembert-base": ("Camembert", ROBERTA),
    "distilbert-base": ("DistilBert", dict(dim=768, n_layers=6, n_heads=12, hidden_dim=3072)),
    "distilbert-base, sinusoidal": ("DistilBert", dict(dim=768, n_layers=6, n_heads=12, hidden_dim=3072, sinusoidal_pos_embds=True)),
    "mpnet-base": ("MPNet", dict(BASE, max_position_embeddings=514, layer_norm_eps=1e-5)),
    "electra-base": ("Electra", dict(BASE, embedding_size=768)),
    "electra-small": ("Electra", dict(embedding_size=128, hidden_size=256, num_hidden_layers=12, num_attention_heads=4, intermediate_size=1024)),
    "albert-base-v2": ("Albert", dict(BASE, embedding_size=128, hidden_act="gelu_new")),
    "deberta-v3-base": ("DebertaV2", dict(BASE, **DEBERTA)),
    "deberta-v2-xlarge, 6 of 24 layers": ("DebertaV2", dict(
        DEBERTA, hidden_size=1536, num_hidden_layers=6, num_attention_heads=24, intermediate_size=6144, attention_head_size=64, conv_kernel_size=3, conv_act="gelu")),
    "modernbert-base": ("ModernBert", MODERN),
    "nomic-embed-text": ("NomicBert", dict(BASE, max_position_embeddings=2048)),
}
# the models that are asked longer texts, too, and where they end: distances of more than 128 share buckets in DeBERTa's
LONGEST = {"modernbert-base": 8192, "nomic-embed-text": 2048, "bert-base": 512, "roberta-base": 512, "deberta-v3-base": 512,
           "deberta-v2-xlarge, 6 of 24 layers": 512}


def join_reviews(folder, reviews, count, shortest, longest):
    """Consecutive reviews joined up to a token count that varies from text to text."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    lengths = [len(ids) - 2 for ids in tokenizer(reviews)["input_ids"]]
    limits = np.random.default_rng(1).integers(shortest, longest + 1, count)
    texts, i = [], 0
    for limit in limits:
        parts, total = [], 2
        while i < len(reviews) and (not parts or total + lengths[i] <= limit):
            parts.append(reviews[i])
            total += lengths[i]
            i += 1
        texts.append(" ".join(parts))
    if not texts[-1]:
        raise SystemExit(f"{len(reviews)} reviews are too few for {count} texts of {shortest} to {longest} tokens")
    return texts


def reference(folder, texts, dtype="float32"):
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": getattr(torch, dtype)})
    vectors = model.encode(texts, batch_size=16, show_progress_bar=False)
    counts = [len(model.tokenizer(t, truncation=False)["input_ids"]) for t in texts]
    return vectors, counts


def random_model(folder, tokenizer_from, name):
    """A model of full size with random weights; biases and norms too, so that a swapped one shows. Its vectors are the hidden
    states of the first and of the last token, and the mean and the largest of all."""
    import torch
    import transformers

    kind, config = SHAPES[name]
    torch.manual_seed(7)
    config = getattr(transformers, f"{kind}Config")(vocab_size=30522, **config)
    with_random_biases(getattr(transformers, f"{kind}Model")(config)).save_pretrained(folder)
    write_tokenizer(folder, tokenizer_from, LONGEST.get(name, 512))
    write(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling")])])
    write(folder / "1_Pooling" / "config.json", {
        "embedding_dimension": config.hidden_size, "pooling_mode": ["cls", "lasttoken", "mean", "max"], "include_prompt": True})


def with_random_biases(model):
    import torch

    with torch.no_grad():
        for value in model.parameters():
            if value.dim() == 1:  # a norm's or a bias
                value.add_(torch.randn_like(value) * 0.1)
    return model


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))


def write_tokenizer(folder, tokenizer_from, longest):
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(tokenizer_from)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    special = {f"{role}_token": getattr(tokenizer, f"{role}_token") for role in ("pad", "unk", "cls", "sep", "mask")}
    write(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest, **special})
