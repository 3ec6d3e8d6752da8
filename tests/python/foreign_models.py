"""The models of parity_foreign.py: architectures that src/models does not have, random weights, at or near full size. Only processes of
their own call these functions: they load torch."""

import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np

SIDE = 224
BASE = dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072)
# the class of transformers, its config, the pooling; vocabularies are that of the tokenizer at hand
TEXTS = {
    # relative positions in buckets, RMS norms, no biases
    "t5-base's encoder": ("T5EncoderModel", dict(d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12, decoder_start_token_id=0), "mean"),
    # causal attention, rotary positions, grouped queries, a gated feed-forward net; six of its layers
    "qwen3-0.6b, 6 of 28 layers": ("Qwen3Model", dict(hidden_size=1024, intermediate_size=3072, num_hidden_layers=6, num_attention_heads=16,
                                                      num_key_value_heads=8, head_dim=128, max_position_embeddings=2048), "lasttoken"),
    # its products are grouped convolutions along the text
    "squeezebert": ("SqueezeBertModel", BASE, "mean"),
    # bottlenecks, linear layers as norms, relu
    "mobilebert": ("MobileBertModel", {}, "cls"),
}
# the library and its name of the model, and what it has that no family here has
IMAGES = {
    "timm/densenet121": "concatenations",
    "timm/regnety_016": "grouped convolutions, squeeze and excitation",
    "timm/mixer_b16_224": "products across the patches",
    "torchvision/shufflenet_v2_x1_0": "channels shuffled and split",
    "torchvision/googlenet": "parallel branches, padded pooling",
    "torchvision/maxvit_t": "windows, grids, relative positions",
    "transformers/beit": "relative position biases, layer scale",
    "transformers/poolformer": "pooling in the place of attention",
}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def exporter():
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "examples" / "export"))
    import export_torchscript

    return export_torchscript


def export_text(name, minilm, work, bundle, texts):
    """Writes the bundle; the vectors of the texts by the module itself, each text by itself."""
    import torch
    import transformers
    from parity_models import with_random_biases, write_tokenizer

    kind, config, pooling = TEXTS[name]
    folder = Path(work) / "model"
    torch.manual_seed(7)
    kind = getattr(transformers, kind)
    with_random_biases(kind(kind.config_class(vocab_size=30522, pad_token_id=0, **config))).save_pretrained(folder)
    write_tokenizer(folder, minilm, 128)
    exporter().export(str(folder), str(bundle), pooling, normalize=True)
    vectors = exporter().load(str(folder), pooling, True, False).encode(texts, batch_size=1, show_progress_bar=False)
    shutil.rmtree(folder)
    return vectors


def image_module(name):
    """From pixels to one row of values a picture."""
    import torch

    library, name = name.split("/")
    if library == "timm":
        import timm

        return timm.create_model(name, pretrained=False)
    if library == "torchvision":
        import torchvision

        # GoogLeNet's own code initialises slowly, and its second outputs are for training.
        more = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
        return getattr(torchvision.models, name)(weights=None, **more)
    import transformers

    class Pooled(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, pixels):
            hidden = self.model(pixel_values=pixels).last_hidden_state
            return hidden.mean(1) if hidden.dim() == 3 else hidden.mean((2, 3))

    kind = {"beit": "BeitModel", "poolformer": "PoolFormerModel"}[name]
    kind = getattr(transformers, kind)
    settings = dict(use_relative_position_bias=True) if name == "beit" else {}
    return Pooled(kind(kind.config_class(**settings)))


def pixels_of(pictures):
    import torch

    values = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    shape = (1, 3, 1, 1)
    return (values - torch.tensor(MEAN).view(shape)) / torch.tensor(STD).view(shape)


def manifest(name, dim):
    import torch

    crop = {"height": SIDE, "width": SIDE, "centring": "torchvision", "fill": [0, 0, 0], "share": None}
    preprocessing = {"resize": None, "crop": crop, "rescale": 1 / 255, "mean": MEAN, "std": STD}
    return {
        "format": 1,
        "glyxel": "0.1.0",
        "libtorch": torch.__version__.split("+")[0],
        "architecture": name,
        "methods": [{"name": "embed_image", "inputs": ["pixels"], "outputs": ["embedding"]}],
        "image": {"dim": dim, "embedding": "the module's output", "height": SIDE, "width": SIDE, "preprocessing": preprocessing},
        "source": {"location": name, "weights_sha256": "0" * 64, "weights_dtype": "F32"},
        "sealed": False,
    }


def export_image(name, work, bundle, pictures):
    """Writes the bundle: a plain trace and a manifest, nothing else. The vectors of the pictures by the module itself, each by itself."""
    import torch
    from parity_image_weights import randomise

    class Methods(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def embed_image(self, pixels):
            return self.model(pixels)

    torch.manual_seed(7)
    pixels = pixels_of(pictures)
    module = image_module(name).eval()
    with torch.no_grad():
        randomise(module, pixels)
        vectors = torch.cat([module(one[None]) for one in pixels])
    methods = Methods(module).eval().requires_grad_(False)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # about shapes that become numbers: the vectors show whether that matters
        traced = torch.jit.trace_module(methods, {"embed_image": pixels[:2]}, check_trace=False)
    torch.jit.save(traced, str(bundle), _extra_files={"glyxel.json": json.dumps(manifest(name, vectors.shape[1]))})
    return vectors.numpy()
