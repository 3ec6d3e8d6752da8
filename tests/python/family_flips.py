"""The field-flipping fixtures of tests/fixtures/families: every known field of every family's config, changed, and what
transformers makes of it. `family_fixtures.py` calls `write_flips` for each family.

flips.json         base: a config.json; flips: changes to it, each with its outcome:
                     {"tensor": NAME}          the last hidden state in flips.safetensors, equal at all tokens that the mask leaves
                     "reference refuses"       transformers raises
                     "refused"                 transformers ignores the field, but the code that the checkpoints were trained with does not
                   `may_accept`: NAME: transformers refuses it, but for the field's type or for a head's sake; an encoder that takes it gives this
                   `may_refuse`: a decoder's, a rare or an obsolete field; an error that names one of `fields` is as good as equality
flips.safetensors  input_ids, attention_mask, token_type_ids (clamped to the types there are); the hidden states;
                   base.unmasked is that of the base config without a mask

The weights are not stored: `fill` computes them from their names, and so does tests/families.rs. A position table that
transformers would compute (sinusoidal_pos_embds) is filled like all else, since checkpoints store it and what is stored wins.
"""

import hashlib
import json
import math
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

from fixture_parts import probe

# ---- weights ---------------------------------------------------------------------------------------------------------


def values(name, shape):
    """The weight of that name: an FNV-1a hash of the name, mixed with each value's index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = np.uint32(seed) + np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(2654435761)
        x ^= x >> 16
        x *= np.uint32(0x7FEB352D)
        x ^= x >> 15
        x *= np.uint32(0x846CA68B)
        x ^= x >> 16
    value = ((x >> 8).astype(np.float64) / 2**24 - 0.5) * 0.6
    if len(shape) == 1 and name.endswith(".weight"):  # a norm's
        value += 1
    return torch.from_numpy(value.astype(np.float32).reshape(shape))


def native_names(tensors):
    """Nomic's checkpoints name weights otherwise than transformers' class does, which splits Wqkv too."""
    swap = {"encoder.layers": "layers", "emb_ln": "embeddings.LayerNorm", "attn.out_proj": "self_attn.o_proj", "fc11": "up_proj",
            "fc12": "gate_proj", "fc2": "down_proj", "norm1": "post_attention_layernorm", "norm2": "post_mlp_layernorm"}
    native = {}
    for name, value in tensors.items():
        for theirs, ours in swap.items():
            name = name.replace(theirs, ours)
        if "attn.Wqkv" in name:
            for part, rows in zip("qkv", value.chunk(3), strict=True):
                native[name.replace("attn.Wqkv", f"self_attn.{part}_proj")] = rows
        else:
            native[name] = value
    return native


def checkpoint_shapes(model):
    """The names and shapes of the weights as a checkpoint has them."""
    shapes = {name: tuple(value.shape) for name, value in model.named_parameters() if not name.startswith("pooler.")}
    if not get_checkpoint_conversion_mapping(model.config.model_type):
        return shapes
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return {name: tuple(value.shape) for name, value in load_file(Path(folder) / "model.safetensors").items()}


def fill(model):
    tensors = {name: values(name, shape) for name, shape in checkpoint_shapes(model).items()}
    if model.config.model_type == "nomic_bert":
        tensors = native_names(tensors)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if not name.startswith("pooler."):
                value.copy_(tensors.pop(name))
    assert not tensors, f"not used: {list(tensors)}"
    return model.eval()


# ---- what is flipped -------------------------------------------------------------------------------------------------

ABSENT = object()


class Flip:
    """Changes to the base config; `native` is what transformers is asked instead, where it does not know these fields."""

    def __init__(self, may_refuse=False, refused=False, native=None, base=None, **changes):
        self.changes, self.may_refuse, self.refused, self.native, self.base = changes, may_refuse, refused, native, base

    def apply(self, base):
        config = base | self.changes
        return {name: value for name, value in config.items() if value is not ABSENT}

    def entry(self):
        given = {name: value for name, value in self.changes.items() if value is not ABSENT}
        absent = [name for name, value in self.changes.items() if value is ABSENT]
        entry = {"fields": list(self.changes), "set": given}
        entry |= {"remove": absent} if absent else {}
        return entry | ({"may_refuse": True} if self.may_refuse else {})


def each(field, *alternatives, may_refuse=False):
    return [Flip(may_refuse, **{field: value}) for value in alternatives]


def ignored():
    """What means nothing to a base encoder's arithmetic: every family accepts these and computes the same."""
    return [
        *each("architectures", None, ["SomethingForMaskedLM"]), *each("transformers_version", None, "4.2.0", "5.17.0"),
        *each("output_hidden_states", True), *each("output_attentions", True), *each("return_dict", False),
        *each("dtype", "float16", "float32"), *each("torch_dtype", "bfloat16"), *each("chunk_size_feed_forward", 1, 5),
        *each("problem_type", "regression"), Flip(id2label={"0": "no", "1": "yes", "2": "?"}, label2id={"no": 0, "yes": 1, "?": 2}),
        *each("num_labels", 5), *each("finetuning_task", "mnli"), *each("task_specific_params", {"x": {"y": 1}}),
        *each("_name_or_path", "somebody/something"), *each("initializer_range", 0.5), *each("tie_word_embeddings", False),
        *each("bos_token_id", None, 3), *each("eos_token_id", None, 4), *each("sep_token_id", 5), *each("cls_token_id", 6),
        *each("mask_token_id", 4), *each("unk_token_id", 3), *each("classifier_dropout", None, 0.4), *each("use_cache", False, True),
        *each("torchscript", True), *each("gradient_checkpointing", True), *each("_attn_implementation", "eager"),
        *each("_attn_implementation_autoset", True), *each("directionality", "bidi"), *each("layer_norm_type", "x"),
        *each("pooler_fc_size", 99), *each("pooler_type", "first_token_transform"), *each("a_field_nobody_knows", 1, None),
        *each("use_bfloat16", True), *each("decoder_start_token_id", 1), *each("is_encoder_decoder", True, may_refuse=True),
        *each("pruned_heads", {}), *each("tokenizer_class", "BertTokenizer"), *each("quantization_config", None),
        *each("auto_map", {"AutoModel": "modeling_own.OwnModel"}, may_refuse=True),
    ]


def decoder():
    return [
        *each("is_decoder", True, may_refuse=True), *each("is_decoder", False), *each("add_cross_attention", False),
        Flip(may_refuse=True, add_cross_attention=True), Flip(may_refuse=True, is_decoder=True, add_cross_attention=True),
        *each("is_causal", False), *each("is_causal", True, may_refuse=True), *each("cross_attention_hidden_size", 8),
        *each("tie_encoder_decoder", False),
    ]


def sizes(hidden="hidden_size", layers="num_hidden_layers", heads="num_attention_heads", inner="intermediate_size"):
    return [
        *each(hidden, 24), *each(layers, 1, 3, 1.5, "2"), *each(layers, 0, -1, may_refuse=True), *each(heads, 1, 3, 5, 0, -2),
        *each(inner, 7, 32, -4), *each(inner, 0, may_refuse=True),
        *each("vocab_size", 36, 50, 0, None, "40"), *each(hidden, 0, -12, None, 12.0),
    ]


def activation(field="hidden_act"):
    return each(field, "relu", "gelu_new", "silu", "tanh", "quick_gelu", "gelu_fast", "no_such_activation", None, 3)


def norm(field="layer_norm_eps"):
    return each(field, 1e-5, 0.5, 0, -1.0, "1e-5", None)


def dropout(*fields):
    return [flip for field in fields for flip in (*each(field, 0.0, 0.3), *each(field, 0, 1.5, "0.1", may_refuse=True))]


COMMON = dict(vocab_size=40, hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, hidden_act="gelu",
              hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.2, max_position_embeddings=24, type_vocab_size=2,
              initializer_range=0.02, layer_norm_eps=1e-3)
OBSOLETE = [*each("position_embedding_type", "absolute"),
            *each("position_embedding_type", "relative_key", "relative_key_query", may_refuse=True)]
BERT_LIKE = [*ignored(), *decoder(), *sizes(), *activation(), *norm(), *OBSOLETE, *dropout("hidden_dropout_prob", "attention_probs_dropout_prob"),
             *each("max_position_embeddings", 20, 40), *each("type_vocab_size", 1, 3), *each("pad_token_id", 7, 0, 1),
             *each("pad_token_id", None, -1, 40, 400, may_refuse=True), *each("embedding_size", 8, may_refuse=True)]
ROBERTA = dict(base=dict(COMMON, pad_token_id=1, bos_token_id=0, eos_token_id=2, classifier_dropout=None), flips=BERT_LIKE)
ROPE = {"rope_type": "default", "rope_theta": 30.0}
SCALED = [{"rope_type": "linear", "factor": 2.0}, {"rope_type": "dynamic", "factor": 2.0}, {"type": "linear", "factor": 2.0},
          {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 12}]
NO_POSITION_TYPE = each("position_embedding_type", "absolute") + each("position_embedding_type", "relative_key", may_refuse=True)
WINDOW = ["sliding_attention", "full_attention", "full_attention", "sliding_attention"]

HUB = dict(n_embd=24, n_layer=2, n_head=2, n_inner=16, n_positions=24, layer_norm_epsilon=1e-3, activation_function="swiglu",
           rotary_emb_base=30, rotary_emb_fraction=1.0, rotary_emb_interleaved=False, rotary_emb_scale_base=None, rotary_scaling_factor=None,
           prenorm=False, parallel_block=False, parallel_block_tied_norm=False, use_rms_norm=False, qkv_proj_bias=False, mlp_fc1_bias=False,
           mlp_fc2_bias=False, causal=False, vocab_size=40, type_vocab_size=2, attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, pad_vocab_size_multiple=64,
           fused_bias_fc=True, fused_dropout_add_ln=True, use_flash_attn=True, use_xentropy=True, scale_attn_weights=True, reorder_and_upcast_attn=False,
           scale_attn_by_inverse_layer_idx=False, summary_activation=None, summary_first_dropout=0.0, summary_proj_to_labels=True,
           summary_type="cls_index", summary_use_proj=True, dense_seq_output=True, last_layer_subset=False, max_trained_positions=2048, initializer_range=0.02)
# what transformers' class calls the fields that change the arithmetic
NATIVE = dict(n_embd="hidden_size", n_layer="num_hidden_layers", n_head="num_attention_heads", n_inner="intermediate_size",
              n_positions="max_position_embeddings", layer_norm_epsilon="layer_norm_eps", vocab_size="vocab_size", type_vocab_size="type_vocab_size",
              pad_token_id="pad_token_id")


def hub_to_native(config):
    """A config in nomic-ai's own names in transformers' names; what its own code makes of an absent field is spelt out."""
    native = {NATIVE[name]: value for name, value in config.items() if name in NATIVE}
    gate = {"swiglu": "silu", "geglu": "gelu", "glu": "sigmoid"}
    native["hidden_act"] = gate.get(config["activation_function"], config["activation_function"])
    native["rope_parameters"] = {"rope_type": "default", "rope_theta": float(config["rotary_emb_base"])}
    if native["intermediate_size"] is None:
        native["intermediate_size"] = 4 * native["hidden_size"]
    return native | {"model_type": "nomic_bert"}


def hub_flips():
    """Nomic's own names. What its own code does with these, transformers' class does not: a refusal is the one right answer."""
    rare = dict(rotary_emb_fraction=0.5, rotary_emb_interleaved=True, rotary_emb_scale_base=512, prenorm=True,
                parallel_block=True, use_rms_norm=True, qkv_proj_bias=True, mlp_fc1_bias=True, mlp_fc2_bias=True, causal=True,
                activation_function="gelu", num_experts=4, scale_attn_by_inverse_layer_idx=True, scale_attn_weights=False)
    unread = [name for name in HUB if name not in NATIVE and name not in rare and name not in ("activation_function", "rotary_emb_base")]
    flips = [Flip(native=hub_to_native, base="hub", **{field: value}) for field, value in [
        ("n_embd", 12), ("n_layer", 1), ("n_head", 1), ("n_inner", 20), ("n_inner", None), ("n_positions", 12), ("layer_norm_epsilon", 0.5),
        ("activation_function", "geglu"), ("activation_function", "glu"), ("rotary_emb_base", 1000), ("vocab_size", 48), ("type_vocab_size", 1),
        ("pad_token_id", 7), ("auto_map", {"AutoModel": "modeling_hf_nomic_bert.NomicBertModel"}), ("attn_pdrop", 0.1), ("architectures", ["NomicBertModel"]),
        ("rotary_emb_fraction", 1.0), ("rotary_scaling_factor", 2),  # it scales texts longer than max_trained_positions only
        *((name, ABSENT) for name in unread)]]
    return [Flip(native=hub_to_native, base="hub"), *flips, *(Flip(refused=True, base="hub", **{name: value}) for name, value in rare.items())]


DEBERTA = dict(COMMON, layer_norm_eps=1e-3, pad_token_id=0, relative_attention=True, position_buckets=4, max_relative_positions=-1,
               norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="c2p|p2c", position_biased_input=False, type_vocab_size=0,
               pooler_hidden_act="gelu", pooler_dropout=0, pooler_hidden_size=12)
# harmless: what transformers refuses though the encoder's arithmetic is that of the base config
FAMILIES = {
    "bert": dict(base=dict(COMMON, pad_token_id=0), flips=BERT_LIKE),
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "camembert": ROBERTA,
    "distilbert": dict(
        base=dict(vocab_size=40, dim=12, n_layers=2, n_heads=2, hidden_dim=16, activation="gelu", dropout=0.1, attention_dropout=0.2,
                  max_position_embeddings=24, sinusoidal_pos_embds=False, pad_token_id=0, qa_dropout=0.1, seq_classif_dropout=0.2),
        flips=[*ignored(), *sizes("dim", "n_layers", "n_heads", "hidden_dim"), *activation("activation"), *dropout("dropout", "attention_dropout"),
               *each("sinusoidal_pos_embds", True), *each("qa_dropout", 0.5), *each("seq_classif_dropout", 0.5), *each("layer_norm_eps", 0.5),
               *each("max_position_embeddings", 20, 40), *each("pad_token_id", 7), *each("pad_token_id", None, may_refuse=True), *each("type_vocab_size", 3),
               Flip(dim=ABSENT, hidden_size=12, may_refuse=True), Flip(n_heads=ABSENT, num_attention_heads=3, may_refuse=True),
               Flip(n_layers=ABSENT, num_hidden_layers=3, may_refuse=True), *NO_POSITION_TYPE,
               *each("hidden_act", "relu"), *each("intermediate_size", 20), *each("is_decoder", True, may_refuse=True)]),
    "mpnet": dict(
        base=dict(COMMON, type_vocab_size=ABSENT, max_position_embeddings=40, pad_token_id=1, relative_attention_num_buckets=32), length=24,
        flips=[*ignored(), *sizes(), *activation(), *norm(), *dropout("hidden_dropout_prob", "attention_probs_dropout_prob"),
               *each("relative_attention_num_buckets", 40, may_refuse=True), *each("relative_attention_num_buckets", 16, 0), *each("pad_token_id", 7, 0, None),
               *each("max_position_embeddings", 36, 50), *each("type_vocab_size", 3), *NO_POSITION_TYPE, *each("is_decoder", True, may_refuse=True),
               *each("embedding_size", 8, may_refuse=True)]),
    "electra": dict(
        harmless=[dict(summary_activation=None)],
        base=dict(COMMON, embedding_size=8, pad_token_id=0, summary_type="first", summary_use_proj=True, summary_activation="gelu", summary_last_dropout=0.1),
        flips=[*(flip for flip in BERT_LIKE if "embedding_size" not in flip.changes), *each("embedding_size", 12, 20), *each("embedding_size", 0, may_refuse=True), *each("summary_type", "mean"),
               *each("summary_use_proj", False), *each("summary_activation", None), *each("summary_last_dropout", 0.5),
               Flip(embedding_size=12, hidden_size=24), *each("generator_size", "0.25")]),
    "albert": dict(
        base=dict(COMMON, hidden_act="gelu_new", embedding_size=8, num_hidden_groups=1, inner_group_num=1, classifier_dropout_prob=0.1, pad_token_id=0,
                  hidden_dropout_prob=0, attention_probs_dropout_prob=0),
        flips=[*ignored(), *sizes(), *activation(), *norm(), *OBSOLETE, *dropout("hidden_dropout_prob", "attention_probs_dropout_prob"),
               *each("embedding_size", 12, 20), *each("embedding_size", 0, may_refuse=True), *each("inner_group_num", 2), *each("inner_group_num", 0, may_refuse=True),
               Flip(num_hidden_groups=2), Flip(num_hidden_groups=2, num_hidden_layers=3), Flip(num_hidden_groups=2, num_hidden_layers=5, inner_group_num=2),
               Flip(may_refuse=True, num_hidden_groups=3), *each("num_hidden_groups", 0), *each("classifier_dropout_prob", 0.5),
               *each("max_position_embeddings", 20, 40), *each("type_vocab_size", 1, 3), *each("pad_token_id", 7), *each("pad_token_id", None, may_refuse=True),
               *each("is_decoder", True, may_refuse=True), *each("net_structure_type", 1), *each("gap_size", 1), *each("num_memory_blocks", 1),
               *each("down_scale_factor", 2), *each("layers_to_keep", [0]), *each("output_past", True)]),
    "deberta-v2": dict(
        base=DEBERTA,
        flips=[*ignored(), *sizes(), *activation(), *norm(), *dropout("hidden_dropout_prob", "attention_probs_dropout_prob"),
               *each("relative_attention", False), *each("position_buckets", -1, 0, 2, 8, 256), *each("max_relative_positions", 6, 30, 0),
               Flip(position_buckets=-1, max_relative_positions=6), Flip(position_buckets=ABSENT, max_relative_positions=6),
               *each("norm_rel_ebd", "none", "LAYER_NORM", "layer_norm|none", ABSENT), *each("share_att_key", False, ABSENT),
               *each("pos_att_type", "c2p", "p2c", "P2C | C2P", ["c2p"], ["p2c", "c2p"], [], None, "p2p", ["c2p", "p2c", "p2p"]),
               *(Flip(share_att_key=False, pos_att_type=kind) for kind in ("c2p", "p2c", None, "c2p|p2c")),
               Flip(relative_attention=False, pos_att_type=None), Flip(relative_attention=False, norm_rel_ebd="none", position_biased_input=True),
               Flip(share_att_key=False, pos_att_type="c2p|p2c", position_buckets=-1, norm_rel_ebd="none"),
               *each("position_biased_input", True, ABSENT), *each("type_vocab_size", 1, 2), Flip(type_vocab_size=2, position_biased_input=True),
               *each("conv_kernel_size", 0, 3, 5, 1), *each("conv_kernel_size", 2, 4, -1), Flip(conv_kernel_size=3, conv_act="gelu"), Flip(conv_kernel_size=3, num_hidden_layers=1),
               Flip(conv_kernel_size=3, conv_act="relu", conv_groups=2), Flip(conv_kernel_size=3, conv_groups=5), *each("conv_act", "gelu"), *each("conv_groups", 2),
               *each("embedding_size", 12), *each("embedding_size", 8, may_refuse=True), *each("attention_head_size", 6), *each("attention_head_size", 4, may_refuse=True),
               *each("max_position_embeddings", 20, 40), Flip(max_position_embeddings=40, position_biased_input=True),
               Flip(max_position_embeddings=14, position_buckets=-1), *each("pooler_hidden_act", "relu"), *each("pooler_dropout", 0.5),
               *each("pooler_hidden_size", 8), *each("legacy", False), *each("pad_token_id", 7), *each("pad_token_id", None, may_refuse=True), *NO_POSITION_TYPE,
               *each("z_steps", 2), *each("is_decoder", True, may_refuse=True)]),
    "modernbert": dict(
        harmless=[dict(classifier_dropout=None), dict(pad_token_id=ABSENT)],
        base=dict(vocab_size=40, hidden_size=24, num_hidden_layers=4, num_attention_heads=2, intermediate_size=16, hidden_activation="gelu", norm_eps=1e-3,
                  max_position_embeddings=24, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, local_attention=4,
                  global_attn_every_n_layers=3, global_rope_theta=160.0, local_rope_theta=20.0, norm_bias=False, attention_bias=False, mlp_bias=False,
                  attention_dropout=0.0, embedding_dropout=0.0, mlp_dropout=0.0, layer_norm_eps=1e-5, position_embedding_type="absolute"),
        flips=[*ignored(), *sizes(), *activation("hidden_activation"), *norm("norm_eps"), *dropout("attention_dropout", "embedding_dropout", "mlp_dropout"),
               *each("local_attention", 2, 3, 6, 7, 128, 0), *each("global_attn_every_n_layers", 1, 2, 4, 0), *each("layer_types", WINDOW, ["full_attention"] * 4, None),
               *each("layer_types", ["full_attention"], ["chunked_attention"] * 4, may_refuse=True), *each("sliding_window", 3, may_refuse=True),
               *each("global_rope_theta", 10.0, 10), *each("local_rope_theta", 160.0), *each("local_rope_theta", None, may_refuse=True),
               Flip(global_rope_theta=ABSENT, local_rope_theta=ABSENT, rope_parameters={"full_attention": ROPE, "sliding_attention": ROPE | {"rope_theta": 7.0}}),
               *each("rope_parameters", {"full_attention": ROPE, "sliding_attention": ROPE | {"rope_theta": 7.0}}, {"full_attention": ROPE}, None),
               Flip(global_rope_theta=ABSENT, rope_parameters={"full_attention": {"rope_type": "default"}, "sliding_attention": None}),
               *(Flip(may_refuse=True, rope_parameters={"full_attention": ROPE | scaled, "sliding_attention": ROPE}) for scaled in SCALED),
               *each("rope_scaling", *SCALED, may_refuse=True), *each("rope_theta", 7.0, may_refuse=True), *each("norm_bias", True), *each("attention_bias", True),
               *each("mlp_bias", True), *each("head_dim", 12), *each("head_dim", 6, may_refuse=True), *each("hidden_act", "relu"), *each("max_position_embeddings", 12, 9, 8192),
               *each("type_vocab_size", 3), *each("pad_token_id", 7), *each("pad_token_id", None, may_refuse=True), *each("initializer_cutoff_factor", 3.0),
               *each("decoder_bias", False), *each("classifier_pooling", "mean"), *each("classifier_bias", True), *each("classifier_activation", "relu"),
               *each("deterministic_flash_attn", True), *each("sparse_prediction", True), *each("sparse_pred_ignore_index", 0), *each("reference_compile", False),
               *each("repad_logits_with_grad", True), *each("classifier_dropout", 0.1), *each("layer_norm_eps", 0.5), *each("is_causal", True, may_refuse=True),
               *each("partial_rotary_factor", 0.5, may_refuse=True), *each("position_embedding_type", "relative_key", may_refuse=True), *each("is_decoder", True, may_refuse=True)]),
    "nomic_bert": dict(
        harmless=[dict(output_attentions=True), dict(hidden_dropout_prob=0), dict(attention_probs_dropout_prob=0), dict(pad_token_id=None)],
        base=dict(vocab_size=40, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, hidden_act="silu", layer_norm_eps=1e-3,
                  max_position_embeddings=24, type_vocab_size=2, pad_token_id=0, rope_parameters=ROPE, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1,
                  head_dim=12),
        hub=HUB,
        flips=[*(flip for flip in ignored() if "auto_map" not in flip.changes), *each("auto_map", {"AutoModel": "modeling_own.OwnModel"}),
               *(flip for flip in sizes() if "hidden_size" not in flip.changes and "num_attention_heads" not in flip.changes),
               Flip(hidden_size=12, head_dim=6), Flip(hidden_size=48, head_dim=ABSENT), Flip(num_attention_heads=4, head_dim=6),
               Flip(num_attention_heads=1, head_dim=None), Flip(num_attention_heads=5, head_dim=None), *activation(), *norm(),
               *dropout("hidden_dropout_prob", "attention_probs_dropout_prob"), *each("head_dim", 6, may_refuse=True), *each("head_dim", 7, may_refuse=True),
               *each("rope_parameters", {"rope_type": "default", "rope_theta": 1000.0}, {"rope_type": "default"}, {"rope_theta": 50}, None),
               *(Flip(may_refuse=True, rope_parameters=ROPE | scaled) for scaled in SCALED), *each("rope_scaling", *SCALED, may_refuse=True),
               Flip(may_refuse=True, rope_parameters=ABSENT, rope_theta=50.0), *each("rope_theta", 50.0, may_refuse=True), *each("partial_rotary_factor", 0.5, may_refuse=True),
               *each("max_position_embeddings", 12, 40), *each("type_vocab_size", 1, 3), *each("pad_token_id", 7), *each("pad_token_id", None, may_refuse=True),
               *each("is_decoder", True, may_refuse=True), *each("position_embedding_type", "absolute"), *hub_flips()]),
}
# RoBERTa under other names, to the last bit: they share its fixtures
LIKE_ROBERTA = ("xlm-roberta", "camembert")
# a default is used where the field is absent; these alone would make the fixtures large
LARGE = {"hidden_size", "dim", "n_embd"}


def absent(family):
    """Each field of the base config left out: the defaults."""
    known = {name for flip in family["flips"] for name, value in flip.changes.items() if value is ABSENT and len(flip.changes) == 1}
    return [Flip(**{name: ABSENT}) for name in family["base"] if name not in LARGE | known and family["base"][name] is not ABSENT]


# ---- what transformers makes of it -----------------------------------------------------------------------------------


def reference(config, batch):
    """What a user of AutoModel gets from a checkpoint with this config.json, in f32."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        config = AutoConfig.from_pretrained(folder)
    model = fill(AutoModel.from_config(config, dtype=torch.float32))
    batch = dict(batch)
    types = batch.pop("token_type_ids", None)
    if getattr(config, "type_vocab_size", 0) and types is not None and config.model_type not in ("distilbert", "mpnet", "modernbert"):
        batch["token_type_ids"] = types.clamp_max(config.type_vocab_size - 1)
    with torch.no_grad():
        hidden = model(**batch)[0]
    if not hidden[batch.get("attention_mask", torch.ones_like(batch["input_ids"])) == 1].isfinite().all():
        raise ValueError("not a number")
    return hidden.contiguous()


def flips(model_type):
    """The base configs, an entry for each flip, and the tensors."""
    family = FAMILIES[model_type]
    bases = {name: {"model_type": model_type} | {field: value for field, value in family[name].items() if value is not ABSENT}
             for name in ("base", "hub") if name in family}
    batch = probe(11, 36, 4, bases["base"]["pad_token_id"], family.get("length", 10))
    tensors = dict(batch)
    without_mask = {name: value for name, value in batch.items() if name != "attention_mask"}
    tensors["base.unmasked"] = reference(bases["base"], without_mask)
    names = {}
    harmless = list(family.get("harmless", []))

    def outcome(flip):
        config = flip.apply(bases[flip.base or "base"])
        if flip.refused:
            return "refused"
        try:
            hidden = reference(flip.native(config) if flip.native else config, batch)
        except Exception as error:  # whatever it raises, it refuses
            print(f"  {model_type}: {flip.entry()['set']}: {type(error).__name__}: {str(error).splitlines()[0][:100] if str(error) else ''}")
            return "reference refuses"
        digest = hashlib.sha256(hidden[batch["attention_mask"] == 1].numpy().tobytes()).hexdigest()
        if digest not in names:
            names[digest] = f"hidden.{len(names)}"
            tensors[names[digest]] = hidden
        return {"tensor": names[digest]}

    entries = []
    for flip in [Flip(), *family["flips"], *absent(family)]:
        entry = flip.entry() | ({"base": flip.base} if flip.base else {}) | {"outcome": outcome(flip)}
        if entry["outcome"] == "reference refuses" and flip.changes in harmless:
            harmless.remove(flip.changes)
            entry["may_accept"] = entries[0]["outcome"]["tensor"]
        entries.append(entry)
    assert not harmless, f"{model_type}: not refused: {harmless}"
    known = set(AutoConfig.for_model(model_type).to_dict()) - {"model_type"}
    missed = known - {field for entry in entries for field in entry["fields"]}
    assert not missed, f"{model_type}: no flip of {sorted(missed)}"
    refused = sum(entry["outcome"] == "reference refuses" for entry in entries)
    print(f"{model_type}: {len(entries)} flips, {len(names)} different results, {refused} refused by transformers", flush=True)
    return bases, entries, tensors


def write_flips(model_type, folder):
    bases, entries, tensors = flips(model_type)
    if model_type in LIKE_ROBERTA:
        _, roberta, expected = flips("roberta")
        assert entries == roberta and all(value.equal(expected[name]) for name, value in tensors.items()), f"{model_type} is not RoBERTa"
        return
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (folder / "flips.json").write_text(f'{{"bases": {json.dumps(bases)},\n"flips": [\n{lines}\n]}}\n')
    save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "flips.safetensors")
    (folder / "flips.safetensors").chmod(0o644)
