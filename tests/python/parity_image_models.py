"""The image encoders of parity_images.py at full size, with random weights, and what timm and transformers make of pictures.
Only processes of their own call these functions: they load torch."""

import json
from io import BytesIO

from parity_image_processors import PROCESSORS
from PIL import Image

TIMM = [
    "resnet18", "resnet50", "resnet152", "vgg11", "vgg16_bn", "vit_base_patch16_224", "deit_base_distilled_patch16_224",
    "efficientnet_b0", "efficientnet_b7", *(f"tf_efficientnet_lite{i}" for i in range(5)), "vit_small_patch14_dinov2",
    "vit_small_patch14_reg4_dinov2", "convnext_tiny", "convnextv2_tiny", "swin_tiny_patch4_window7_224", "mobilenetv2_100",
    "mobilenetv3_large_100",
]  # fmt: skip

DINOV2 = dict(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14)
# the checkpoint's name → its class, its config as far as it is not the class's own, what of its output is the embedding
TRANSFORMERS = {
    "resnet-50": ("ResNetForImageClassification", {}, "pooler_output"),
    "vit-base-patch16-224": ("ViTForImageClassification", {}, "first token"),
    "deit-base-distilled-patch16-224": ("DeiTForImageClassificationWithTeacher", {}, "first token"),
    "dinov2-small": ("Dinov2Model", DINOV2, "pooler_output"),
    "dinov2-with-registers-small": ("Dinov2WithRegistersModel", DINOV2, "pooler_output"),
    "dinov2-small-imagenet1k-1-layer": ("Dinov2ForImageClassification", DINOV2, "first token"),
    "convnext-tiny-224": ("ConvNextForImageClassification", {}, "pooler_output"),
    "convnextv2-tiny-1k-224": ("ConvNextV2ForImageClassification", {}, "pooler_output"),
    "swin-tiny-patch4-window7-224": ("SwinForImageClassification", {}, "pooler_output"),
    "mobilenet_v2_1.0_224": ("MobileNetV2ForImageClassification", dict(num_labels=1001, hidden_act="relu6"), "pooler_output"),
    "efficientnet-b0": ("EfficientNetForImageClassification", dict(
        image_size=224, width_coefficient=1.0, depth_coefficient=1.0, hidden_dim=1280, dropout_rate=0.2), "pooler_output"),
    "clip-vit-base-patch32": ("CLIPModel", {}, "projection"),
    "siglip-base-patch16-224": ("SiglipModel", {}, "projection"),
}  # fmt: skip
NAMES = [*(f"timm/{name}" for name in TIMM), *(f"transformers/{name}" for name in TRANSFORMERS)]
# of these, the text tower is compared, too, and pictures are given labels
DUAL = ["transformers/clip-vit-base-patch32", "transformers/siglip-base-patch16-224"]


def open_picture(picture):
    """A file's bytes or an array of pixels → a picture of Pillow's, as timm and transformers open them."""
    return Image.open(BytesIO(picture)).convert("RGB") if isinstance(picture, bytes) else Image.fromarray(picture)


# ---- making them -----------------------------------------------------------------------------------------------------


def random_model(folder, name, pictures):
    """Writes the model as people have it: a folder as timm's save_for_hf or transformers' save_pretrained writes it."""
    import torch
    from parity_image_weights import randomise

    torch.manual_seed(7)
    library, name = name.split("/")
    if library == "timm":
        import timm

        model = timm.create_model(name, pretrained=False)
        randomise(model, timm_pixels(model, pictures))
        timm.models.save_for_hf(model, folder, safe_serialization=True)
    else:
        import transformers

        folder.mkdir()
        kind, settings, _ = TRANSFORMERS[name]
        (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSORS[name]), encoding="utf-8")
        settings = settings if name in ("clip-vit-base-patch32", "siglip-base-patch16-224") else {"num_labels": 1000} | settings
        kind = getattr(transformers, kind)
        model = kind(kind.config_class(**settings))
        model.config.save_pretrained(folder)  # says which processor is meant, where the processor's own file does not
        randomise(model, transformers_pixels(folder, pictures))
        model.save_pretrained(folder)
        if name.startswith(("clip", "siglip")):
            from parity_image_texts import save_tokenizer

            save_tokenizer(folder, name)


def timm_pixels(model, pictures):
    import torch
    from timm.data import create_transform, resolve_model_data_config

    transform = create_transform(**resolve_model_data_config(model), is_training=False)
    return torch.stack([transform(open_picture(p)) for p in pictures])


def transformers_pixels(folder, pictures):
    from transformers import AutoImageProcessor

    # The one over Pillow: what the checkpoints were trained with, and what is chosen where there is no torchvision.
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    return processor([open_picture(p) for p in pictures], return_tensors="pt")["pixel_values"]


# ---- what they say ---------------------------------------------------------------------------------------------------


def reference(folder, name, batches):
    """For each list of pictures the vectors, and the logarithms of the probabilities, or None without a head."""
    import torch

    library, name = name.split("/")
    with torch.inference_mode():
        answer = timm_model(folder) if library == "timm" else transformers_model(folder, name)
        return [answer(pictures) for pictures in batches]


def timm_model(folder):
    import timm

    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()

    def answer(pictures):
        pixels = timm_pixels(model, pictures)
        vectors = model.forward_head(model.forward_features(pixels), pre_logits=True)
        return vectors.numpy(), model(pixels).log_softmax(-1).numpy() if model.num_classes else None

    return answer


def timm_in_bf16(folder, pictures):
    """What torch makes of timm's model in bf16."""
    import timm
    import torch

    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    pixels = timm_pixels(model, pictures)
    model = model.bfloat16()
    with torch.inference_mode():
        return model.forward_head(model.forward_features(pixels.bfloat16()), pre_logits=True).float().numpy()


def timm_with_bf16_weights(folder, pictures):
    """What timm's model says with nothing in bf16 but its convolutions' weights, each rounded once: what bf16 itself costs."""
    import timm
    import torch
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    pixels = timm_pixels(model, pictures)
    convolution = None
    with torch.inference_mode():
        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                convolution = module
            elif isinstance(module, nn.BatchNorm2d):
                weight, bias = fuse_conv_bn_weights(convolution.weight, convolution.bias, module.running_mean, module.running_var,
                                                    module.eps, module.weight, module.bias)
                convolution.weight = nn.Parameter(weight.bfloat16().float(), requires_grad=False)
                convolution.bias = nn.Parameter(bias, requires_grad=False)
                module.running_mean.zero_()
                module.running_var.fill_(1 - module.eps)
                module.weight.data.fill_(1)
                module.bias.data.zero_()
        return model.forward_head(model.forward_features(pixels), pre_logits=True).numpy()


def transformers_model(folder, name):
    import torch
    import transformers

    kind, _, embedding = TRANSFORMERS[name]
    model = getattr(transformers, kind).from_pretrained(folder).eval()

    def answer(pictures):
        pixels = transformers_pixels(folder, pictures)
        if embedding == "projection":
            vectors = model.get_image_features(pixel_values=pixels).pooler_output
            return torch.nn.functional.normalize(vectors, dim=-1).numpy(), None
        output = model.base_model(pixels)
        vectors = output.last_hidden_state[:, 0] if embedding == "first token" else output.pooler_output.flatten(1)
        return vectors.numpy(), model(pixels).logits.log_softmax(-1).numpy() if "ForImageClassification" in kind else None

    return answer


def zero_shot(folder, name, pictures, labels, templates):
    """The labels' probabilities for each picture, by transformers' own pipeline; the vectors of the labels as texts; and the probabilities
    where each label's direction is the mean of those of its sentences, as CLIP's authors average templates."""
    import torch
    import transformers

    pipeline = transformers.pipeline(
        "zero-shot-image-classification",
        model=transformers.AutoModel.from_pretrained(folder),
        tokenizer=transformers.AutoTokenizer.from_pretrained(folder),
        image_processor=transformers.AutoImageProcessor.from_pretrained(folder, backend="pil"),
    )
    found = [{row["label"]: row["score"] for row in pipeline(open_picture(p), candidate_labels=labels)} for p in pictures]
    siglip = "siglip" in name
    padding = dict(padding="max_length", max_length=64) if siglip else dict(padding=True)
    unit = lambda found: torch.nn.functional.normalize(found, dim=-1)

    def directions(texts):
        ids = pipeline.tokenizer(texts, return_tensors="pt", truncation=True, **padding)
        return unit(pipeline.model.get_text_features(**ids).pooler_output)

    with torch.inference_mode():
        vectors = directions(labels)
        means = torch.stack([directions([template.format(label) for template in templates]).mean(0) for label in labels])
        images = unit(pipeline.model.get_image_features(pixel_values=transformers_pixels(folder, pictures)).pooler_output)
        logits = images @ unit(means).T * pipeline.model.logit_scale.exp()
        averaged = (logits + pipeline.model.logit_bias).sigmoid() if siglip else logits.softmax(-1)
    return torch.tensor([[row[label] for label in labels] for row in found]).numpy(), vectors.numpy(), averaged.numpy()
