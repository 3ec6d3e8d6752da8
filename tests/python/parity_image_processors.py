"""`preprocessor_config.json` of well-known checkpoints, as their repositories have it: in the forms of several years."""

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
OPENAI = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
ALL = {"do_normalize": True, "do_resize": True}
RESCALE = {"do_rescale": True, "rescale_factor": 1 / 255}
SQUARE = {"height": 224, "width": 224}
NEAREST, BILINEAR, BICUBIC = 0, 2, 3

DINOV2 = {"crop_size": SQUARE, "do_center_crop": True, "do_convert_rgb": True, **ALL, **RESCALE, **IMAGENET,
          "image_processor_type": "BitImageProcessor", "resample": BICUBIC, "size": {"shortest_edge": 256}}
PROCESSORS = {
    "resnet-50": {"crop_pct": 0.875, **ALL, "feature_extractor_type": "ConvNextFeatureExtractor", **IMAGENET, "resample": BICUBIC, "size": 224},
    "vit-base-patch16-224": {**ALL, **HALF, "size": 224},
    "deit-base-distilled-patch16-224": {
        "crop_size": 224, "do_center_crop": True, **ALL, "feature_extractor_type": "DeiTFeatureExtractor", **IMAGENET, "resample": BICUBIC,
        "size": 256},
    "dinov2-small": DINOV2,
    "dinov2-with-registers-small": DINOV2,
    "dinov2-small-imagenet1k-1-layer": DINOV2,
    "convnext-tiny-224": {
        "crop_pct": 0.875, **ALL, "feature_extractor_type": "ConvNextFeatureExtractor", **IMAGENET, "resample": BICUBIC, "size": 224},
    "convnextv2-tiny-1k-224": {
        "crop_pct": 0.875, **ALL, **RESCALE, "image_processor_type": "ConvNextImageProcessor", **IMAGENET, "resample": BICUBIC,
        "size": {"shortest_edge": 224}},
    "swin-tiny-patch4-window7-224": {**ALL, "feature_extractor_type": "ViTFeatureExtractor", **IMAGENET, "resample": BICUBIC, "size": 224},
    "mobilenet_v2_1.0_224": {
        "crop_size": SQUARE, "do_center_crop": True, **ALL, **RESCALE, "feature_extractor_type": "MobileNetV2FeatureExtractor", **HALF,
        "image_processor_type": "MobileNetV2ImageProcessor", "resample": BILINEAR, "size": {"shortest_edge": 256}},
    "efficientnet-b0": {
        "crop_size": SQUARE, "do_center_crop": False, **ALL, **RESCALE, "image_mean": IMAGENET["image_mean"],
        "image_processor_type": "EfficientNetImageProcessor", "image_std": [0.47853944, 0.4732864, 0.47434163], "include_top": True,
        "resample": NEAREST, "rescale_offset": False, "size": SQUARE},
    "clip-vit-base-patch32": {
        "crop_size": 224, "do_center_crop": True, **ALL, "feature_extractor_type": "CLIPFeatureExtractor", **OPENAI, "resample": BICUBIC, "size": 224},
    "siglip-base-patch16-224": {
        **ALL, **RESCALE, **HALF, "image_processor_type": "SiglipImageProcessor", "processor_class": "SiglipProcessor", "resample": BICUBIC,
        "size": SQUARE},
}
