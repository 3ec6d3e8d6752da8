"""The checkpoint fixtures of tests/fixtures/families/MODEL_TYPE/NAME: small random models as released ones are saved, and what
transformers and sentence-transformers make of them. `family_fixtures.py` calls `write_checkpoints` for each family.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from fixture_parts import LETTERS, WORDS, expect, old_names, randomize, rewrite_weights, write_json

HIDDEN = 12
POSITIONS = 32
BERT = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
ROBERTA = dict(cls_token="<s>", pad_token="<pad>", sep_token="</s>", unk_token="<unk>", mask_token="<mask>")
REST = list(LETTERS) + ["##" + c for c in LETTERS] + list(".,!?'0189") + WORDS


def write_tokenizer(folder, special, longest):
    """WordPiece in a tokenizer.json for all: which tokenizer a family has is tested elsewhere."""
    vocab = {token: i for i, token in enumerate([*special.values(), *REST])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token=special["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cls, sep = special["cls_token"], special["sep_token"]
    tokenizer.post_processor = processors.BertProcessing((sep, vocab[sep]), (cls, vocab[cls]))
    tokenizer.add_special_tokens(list(special.values()))
    write_json(folder / "tokenizer.json", json.loads(tokenizer.to_str()))
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest, **special})


def small(**changes):
    return dict(hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20, max_position_embeddings=POSITIONS) | changes


# ---- how others would have written them ------------------------------------------------------------------------------


def zeros(**shapes):
    return lambda tensors: tensors | {name.replace("__", "."): torch.zeros(shape) for name, shape in shapes.items()}


def old_buffers(prefix, positions):
    return lambda tensors: tensors | {f"{prefix}embeddings.position_ids": torch.arange(positions).unsqueeze(0)}


def old_roberta(tensors):
    """roberta-base as released: a buffer, and the tied decoder too."""
    tied = {"lm_head.decoder.weight": tensors["roberta.embeddings.word_embeddings.weight"].clone(), "lm_head.decoder.bias": tensors["lm_head.bias"].clone()}
    return old_buffers("roberta.", POSITIONS + 2)(tensors) | tied


def without_positions(tensors):
    """A table that can be computed need not be stored."""
    return {name: value for name, value in tensors.items() if "position_embeddings" not in name}


def old_deberta(tensors):
    """deberta-v3 as released: its first code's heads, and a position table that no config wants."""
    kept = {name: value for name, value in tensors.items() if not name.startswith(("cls.", "lm_head."))}
    heads = zeros(lm_predictions__lm_head__bias=(40,), lm_predictions__lm_head__dense__weight=(HIDDEN, HIDDEN), lm_predictions__lm_head__dense__bias=(HIDDEN,),
                  lm_predictions__lm_head__LayerNorm__weight=(HIDDEN,), lm_predictions__lm_head__LayerNorm__bias=(HIDDEN,),
                  mask_predictions__dense__weight=(HIDDEN, HIDDEN), mask_predictions__dense__bias=(HIDDEN,), mask_predictions__LayerNorm__weight=(HIDDEN,),
                  mask_predictions__LayerNorm__bias=(HIDDEN,), mask_predictions__classifier__weight=(1, HIDDEN), mask_predictions__classifier__bias=(1,),
                  deberta__embeddings__position_embeddings__weight=(POSITIONS, HIDDEN))
    return heads(kept)


def bert_prefix(tensors):
    """Nomic's own masked LM: its encoder is called `bert`."""
    return {name.replace("nomic_bert.", "bert."): value for name, value in tensors.items()}


def hub_nomic(config):
    """nomic-embed-text-v1.5's config.json, in its own names."""
    return {
        "activation_function": "swiglu", "architectures": ["NomicBertModel"], "attn_pdrop": 0.0,
        "auto_map": {"AutoConfig": "nomic-ai/nomic-bert-2048--configuration_hf_nomic_bert.NomicBertConfig",
                     "AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"},
        "bos_token_id": None, "causal": False, "dense_seq_output": True, "embd_pdrop": 0.0, "eos_token_id": None, "fused_bias_fc": True,
        "fused_dropout_add_ln": True, "initializer_range": 0.02, "layer_norm_epsilon": config["layer_norm_eps"], "max_trained_positions": 2048,
        "mlp_fc1_bias": False, "mlp_fc2_bias": False, "model_type": "nomic_bert", "n_embd": config["hidden_size"], "n_head": config["num_attention_heads"],
        "n_inner": config["intermediate_size"], "n_layer": config["num_hidden_layers"], "n_positions": 8192, "pad_vocab_size_multiple": 64,
        "parallel_block": False, "parallel_block_tied_norm": False, "prenorm": False, "qkv_proj_bias": False, "reorder_and_upcast_attn": False,
        "resid_pdrop": 0.0, "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0, "rotary_emb_interleaved": False, "rotary_emb_scale_base": None,
        "rotary_scaling_factor": None, "scale_attn_by_inverse_layer_idx": False, "scale_attn_weights": True, "torch_dtype": "float32",
        "transformers_version": "4.37.2", "type_vocab_size": config["type_vocab_size"], "use_cache": True, "use_flash_attn": True, "use_rms_norm": False,
        "use_xentropy": True, "vocab_size": config["vocab_size"],
    }


# ---- the checkpoints -------------------------------------------------------------------------------------------------

ROBERTA_SIZES = small(max_position_embeddings=POSITIONS + 2, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)
MODERN = small(num_hidden_layers=4, intermediate_size=16, local_attention=6, max_position_embeddings=64,
               pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3)
V3 = dict(relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p", layer_norm_eps=1e-7,
          max_relative_positions=-1, position_biased_input=False, type_vocab_size=0)
NORMALIZED = [("Pooling", {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}), ("Normalize", None)]
CLS = [("Pooling", {"word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})]
NATIVE_NOMIC = small(max_position_embeddings=64, rope_parameters={"rope_type": "default", "rope_theta": 1000.0})

FAMILIES = {
    "roberta": ("Roberta", ROBERTA, ROBERTA_SIZES, POSITIONS, {
        "plain": dict(kind="Model", modules=NORMALIZED),
        "masked_lm": dict(kind="ForMaskedLM", change=old_roberta),
        "sequence_classification": dict(kind="ForSequenceClassification", config=dict(num_labels=3), dtype=torch.float16),
    }),
    "xlm-roberta": ("XLMRoberta", ROBERTA, ROBERTA_SIZES, POSITIONS, {
        "masked_lm": dict(kind="ForMaskedLM"),
        "plain": dict(kind="Model", modules=CLS, prompts={"query": "query: ", "passage": "the story of "}),
    }),
    "camembert": ("Camembert", ROBERTA, ROBERTA_SIZES, POSITIONS, {
        "masked_lm": dict(kind="ForMaskedLM"),
        "question_answering": dict(kind="ForQuestionAnswering"),
    }),
    "distilbert": ("DistilBert", BERT, dict(dim=HIDDEN, n_layers=2, n_heads=2, hidden_dim=20, max_position_embeddings=POSITIONS), POSITIONS, {
        "sinusoidal": dict(kind="Model", config=dict(sinusoidal_pos_embds=True), keep="position_embeddings"),
        "sinusoidal_not_stored": dict(kind="ForMaskedLM", config=dict(sinusoidal_pos_embds=True), change=without_positions),
        "masked_lm": dict(kind="ForMaskedLM"),
        "sequence_classification": dict(kind="ForSequenceClassification"),
        "question_answering": dict(kind="ForQuestionAnswering", modules=NORMALIZED),
    }),
    "mpnet": ("MPNet", ROBERTA, small(max_position_embeddings=POSITIONS + 2, pad_token_id=1, layer_norm_eps=1e-5), POSITIONS, {
        "sentence": dict(kind="Model", modules=NORMALIZED, change=old_buffers("", POSITIONS + 2)),
        "masked_lm": dict(kind="ForMaskedLM"),
    }),
    "electra": ("Electra", BERT, small(embedding_size=HIDDEN), POSITIONS, {
        "discriminator": dict(kind="ForPreTraining"),
        "generator": dict(kind="ForMaskedLM", config=dict(embedding_size=8), change=old_buffers("electra.", POSITIONS)),
        "sequence_classification": dict(kind="ForSequenceClassification", modules=CLS),
    }),
    "albert": ("Albert", BERT, small(embedding_size=8, hidden_act="gelu_new"), POSITIONS, {
        "pretraining": dict(kind="ForPreTraining"),
        "gamma_beta": dict(kind="ForMaskedLM", change=old_names),
        "groups": dict(kind="Model", config=dict(num_hidden_groups=2, num_hidden_layers=3, inner_group_num=2), modules=NORMALIZED),
    }),
    "deberta-v2": ("DebertaV2", BERT, small(), POSITIONS, {
        "v3": dict(kind="ForMaskedLM", config=V3, change=old_deberta),
        "v3_classification": dict(kind="ForSequenceClassification", config=V3, dtype=torch.bfloat16),
        "v2_conv": dict(kind="Model", config=dict(V3, conv_kernel_size=3, conv_act="gelu", attention_head_size=6), modules=NORMALIZED),
        "own_projections": dict(kind="Model", config=dict(V3, share_att_key=False, position_buckets=-1, norm_rel_ebd="none", position_biased_input=True, type_vocab_size=2)),
    }),
    "modernbert": ("ModernBert", BERT, MODERN, 64, {
        "masked_lm": dict(kind="ForMaskedLM"),
        "sequence_classification": dict(kind="ForSequenceClassification", config=dict(num_labels=3)),
        "plain": dict(kind="Model", modules=CLS, prompts={"query": "query: ", "document": ""}, config=dict(norm_bias=True, attention_bias=True, mlp_bias=True)),
    }),
    "nomic_bert": ("NomicBert", BERT, NATIVE_NOMIC, 64, {
        "native": dict(kind="Model", modules=NORMALIZED),
        "native_masked_lm": dict(kind="ForMaskedLM"),
        "hub": dict(kind="Model", hub=True, modules=NORMALIZED),
        "hub_masked_lm": dict(kind="ForMaskedLM", hub=True, change=bert_prefix),
    }),
}
WITHOUT_TYPES = ("distilbert", "mpnet", "modernbert")


def write_modules(folder, modules, prompts):
    entries = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    for i, (kind, config) in enumerate(modules, 1):
        entries.append({"idx": i, "name": str(i), "path": f"{i}_{kind}", "type": f"sentence_transformers.models.{kind}"})
        if config is not None:
            write_json(folder / f"{i}_{kind}" / "config.json", config)
    write_json(folder / "modules.json", entries)
    if prompts:
        write_json(folder / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})


def write_checkpoint(model_type, name, folder, kind, config=None, change=None, dtype=None, modules=None, prompts=None, keep=None, hub=False):
    start, special, sizes, longest, _ = FAMILIES[model_type]
    values = dict(vocab_size=len(special) + len(REST)) | sizes | (config or {})
    seed = f"{model_type}/{name}"
    torch.manual_seed(0)
    model = getattr(transformers, start + kind)(getattr(transformers, start + "Config")(**values))
    kept = {name: value.clone() for name, value in model.named_parameters() if keep and keep in name}
    randomize(model, seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name in kept:
                value.copy_(kept[name])
    model.to(dtype or torch.float32).save_pretrained(folder)
    write_tokenizer(folder, special, longest)
    write_json(folder / "config.json", json.loads((folder / "config.json").read_text()))
    if modules:
        write_modules(folder, modules, prompts)
    types = model_type not in WITHOUT_TYPES
    with tempfile.TemporaryDirectory() as reference:  # the model under the names that transformers knows
        if hub:
            shutil.copytree(folder, reference, dirs_exist_ok=True)
            write_json(folder / "config.json", hub_nomic(json.loads((folder / "config.json").read_text())))
        if change:
            rewrite_weights(folder, change)
        expect(seed, folder, types, reference if hub else None)
    (folder / "model.safetensors").chmod(0o644)


def write_checkpoints(model_type, folder):
    if model_type not in FAMILIES:
        return
    for name, how in FAMILIES[model_type][-1].items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        write_checkpoint(model_type, name, folder / name, **how)
        print(f"{model_type}/{name}: {sum(f.stat().st_size for f in (folder / name).rglob('*') if f.is_file()):,} bytes", flush=True)
