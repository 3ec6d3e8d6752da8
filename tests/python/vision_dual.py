"""Writes tests/fixtures/vision/clip and siglip: tiny models of both families, in the forms that their configs come in, and what transformers
5.17 makes of them. See filled.py.

    python tests/python/vision_dual.py
"""

import json
import os
import re
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from filled import fill, pixels, write_case, write_refusal
from transformers import AutoConfig, CLIPModel, CLIPVisionModel, CLIPVisionModelWithProjection, SiglipModel, SiglipVisionModel

transformers.logging.set_verbosity_error()
torch.set_num_threads(1)

TOWER = {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2}
TEXT = TOWER | {"vocab_size": 40, "max_position_embeddings": 9, "hidden_size": 16, "num_attention_heads": 4}
VISION = TOWER | {"image_size": 24, "patch_size": 8}
CLIP = {"model_type": "clip", "projection_dim": 10, "text_config": TEXT | {"eos_token_id": 2}, "vision_config": VISION}
CLIP_VISION = {"model_type": "clip_vision_model", "projection_dim": 10} | VISION
# The end of the text is its largest id, 39, or the first 7; the first row is full, the last has neither.
CLIP_IDS = [[1, 5, 30, 4, 7, 8, 39], [1, 6, 7, 7, 39, 39, 39], [1, 7, 39, 0, 0, 0, 0], [3, 4, 5, 38, 9, 38, 2]]
SIGLIP = {"model_type": "siglip", "text_config": TEXT | {"projection_size": 12}, "vision_config": VISION}
SIGLIP_VISION = {"model_type": "siglip_vision_model"} | VISION
SIGLIP_IDS = [[1, 5, 30, 4, 7, 8, 39, 2, 3], [9, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]]

# What old checkpoints say besides, of which the arithmetic takes no notice.
UNREAD = {
    "attention_dropout": 0.3, "dropout": 0.5, "initializer_factor": 2.0, "initializer_range": 0.5, "bos_token_id": 0, "sep_token_id": None,
    "add_cross_attention": False, "chunk_size_feed_forward": 0, "is_decoder": False, "is_encoder_decoder": False, "use_bfloat16": False,
    "torch_dtype": "float16", "output_attentions": False, "pruned_heads": {}, "id2label": {"0": "A"}, "tie_word_embeddings": True,
    "return_dict": True, "torchscript": False, "temperature": 1.0, "_name_or_path": "", "architectures": None, "gradient_checkpointing": False,
}


def with_parts(config, text=None, vision=None, **fields):
    parts = {"text_config": config["text_config"] | (text or {}), "vision_config": config["vision_config"] | (vision or {})}
    return config | parts | fields


CLIP_CASES = {
    # As OpenAI's: quick_gelu is the default, and the end of the text the largest id.
    "largest": CLIP,
    "first_end": with_parts(CLIP, {"eos_token_id": 7, "hidden_act": "gelu", "layer_norm_eps": 1e-3}, {"hidden_act": "gelu", "layer_norm_eps": 1e-2}),
    # As LAION's first ones: whatever the old form says or leaves to its defaults overrides the other.
    "old_form": with_parts(
        CLIP, {"eos_token_id": 7, "hidden_act": "gelu", "vocab_size": 50}, {"hidden_act": "gelu_new", "num_hidden_layers": 3},
        text_config_dict=TEXT | {"eos_token_id": 2, "pad_token_id": 1}, vision_config_dict=VISION | {"layer_norm_eps": 1e-3},
    ),
    "old_form_null": with_parts(CLIP, text_config_dict=None, vision_config_dict=None),
    "unread": with_parts(CLIP, UNREAD, UNREAD, **UNREAD, logit_scale_init_value=5.0, transformers_version="4.27.0"),
    "no_end": with_parts(CLIP, {"eos_token_id": 33}),
    "patches_cut_off": with_parts(CLIP, vision={"image_size": 29, "patch_size": 9, "num_channels": 3, "num_attention_heads": 3}),
    "one_patch": with_parts(CLIP, {"num_attention_heads": 1}, {"image_size": 8, "num_hidden_layers": 1}),
}
SIGLIP_CASES = {
    "base": SIGLIP,
    "no_projection_size": with_parts(SIGLIP, {"projection_size": None, "hidden_size": 12, "num_attention_heads": 3}),
    "options": with_parts(
        SIGLIP, {"hidden_act": "gelu", "layer_norm_eps": 1e-2, "pad_token_id": 0}, {"hidden_act": "relu", "layer_norm_eps": 1e-3, "vision_use_head": True},
    ),
    "unread": with_parts(SIGLIP, UNREAD | {"eos_token_id": 7}, UNREAD, **UNREAD),
    "patches_cut_off": with_parts(SIGLIP, vision={"image_size": 29, "patch_size": 9, "num_attention_heads": 3}),
}
# A word of the message → the config.
CLIP_REFUSED = {
    "vision_config.hidden_act": with_parts(CLIP, vision={"hidden_act": 3}),
    "no_such": with_parts(CLIP, {"hidden_act": "no_such"}),
    "text_config.eos_token_id": with_parts(CLIP, {"eos_token_id": [7]}),
    "text_config_dict.eos_token_id": with_parts(CLIP, text_config_dict=TEXT | {"eos_token_id": None}),
    "vision_config.num_channels": with_parts(CLIP, vision={"num_channels": 4}),
    "vision_config.image_size": with_parts(CLIP, vision={"image_size": [24, 24]}),
    "vision_config.patch_size": with_parts(CLIP, vision={"patch_size": 0}),
    "at least the patch_size": with_parts(CLIP, vision={"patch_size": 25}),
    "projection_dim": CLIP | {"projection_dim": None},
    "text_config.layer_norm_eps": with_parts(CLIP, {"layer_norm_eps": None}),
    "text_config.is_causal": with_parts(CLIP, {"is_causal": False}),
    "attention heads": with_parts(CLIP, {"num_attention_heads": 3}),
    "text_config should be": CLIP | {"text_config": [1]},
    "do not fit": with_parts(CLIP, {"vocab_size": 1000000}),
}
SIGLIP_REFUSED = {
    "vision_use_head": with_parts(SIGLIP, vision={"vision_use_head": False}),
    "text_config.is_causal": with_parts(SIGLIP, {"is_causal": True}),
    "should have as many": with_parts(SIGLIP, {"projection_size": 11}),
    "text_config.projection_size": with_parts(SIGLIP, {"projection_size": 0}),
    "text_config.pad_token_id": with_parts(SIGLIP, {"pad_token_id": 40}),
    "vision_config.num_channels": with_parts(SIGLIP, vision={"num_channels": 1}),
    "vision_config.attention_dropout": with_parts(SIGLIP, vision={"attention_dropout": 1.0}),
    "siglip2": SIGLIP | {"model_type": "siglip2"},
}


def load(config):
    """The config as transformers reads it from a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        return AutoConfig.from_pretrained(folder)


def side(config):
    return (config.get("vision_config_dict") or config.get("vision_config") or config)["image_size"]


@torch.inference_mode()
def dual(family, name, config, ids):
    model = (CLIPModel if family == "clip" else SiglipModel)(load(config)).float()  # whatever the stored dtype
    weights = fill(model)
    size = (2, side(config), side(config))
    ids = torch.tensor(ids)
    write_case(family, name, config, weights, size, {
        "embedding": model.get_image_features(pixels(*size)).pooler_output,
        "text_embedding": model.get_text_features(ids).pooler_output,
        "ids": ids,
    })


@torch.inference_mode()
def vision(family, name, config, kind, output, old_names=False):
    model = kind(load(config))
    # Released checkpoints have the names of before 5.0, where the tower stood a level deeper.
    prefix = "vision_model." if old_names else ""
    inner = torch.nn.ModuleDict({"vision_model": model}) if old_names else model
    weights = fill(inner)
    assert all(name.startswith(prefix) for name, _ in weights)
    size = (2, side(config), side(config))
    write_case(family, name, config, weights, size, {"embedding": getattr(model.eval()(pixels(*size)), output)})


def main():
    for name, config in CLIP_CASES.items():
        dual("clip", name, config, CLIP_IDS)
    vision("clip", "vision_projection", CLIP_VISION, CLIPVisionModelWithProjection, "image_embeds")
    vision("clip", "vision", CLIP_VISION | {"projection_dim": 99}, CLIPVisionModel, "pooler_output")
    vision("clip", "vision_old_names", CLIP_VISION, CLIPVisionModel, "pooler_output", old_names=True)
    for name, config in SIGLIP_CASES.items():
        dual("siglip", name, config, SIGLIP_IDS)
    vision("siglip", "vision", SIGLIP_VISION, SiglipVisionModel, "pooler_output")
    vision("siglip", "vision_old_names", SIGLIP_VISION, SiglipVisionModel, "pooler_output", old_names=True)
    for family, kind, base, refused in [("clip", CLIPModel, CLIP, CLIP_REFUSED), ("siglip", SiglipModel, SIGLIP, SIGLIP_REFUSED)]:
        weights = fill(kind(load(base)))
        for word, config in refused.items():
            write_refusal(family, f"refused_{re.sub('[^a-z_0-9]+', '_', word)}", config, weights, word)


if __name__ == "__main__":
    main()
