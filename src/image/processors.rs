//! Where a model's preprocessing is read from: timm's `config.json`, or the file of `transformers`' image processor. Its fields
//! are those of `image_processing_backends.py`, and each class's file gives what they are when absent.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::preprocessing::{whole, Centring, Crop, Filter, Preprocessing, Resize, Size};
use super::timm;
use crate::error::{Error, Result};

/// A class of image processors: what its fields are when a file leaves them out.
struct Class {
    /// Without `ImageProcessor` at the end.
    name: &'static str,
    filter: Filter,
    size: Size,
    /// Whether one length as `size` means a square, or the shorter side.
    square: bool,
    /// The side of the square that is cut out, where `do_center_crop` holds.
    crop: Option<u32>,
    do_center_crop: bool,
    mean: [f64; 3],
    std: [f64; 3],
    /// `model_type`s whose checkpoints may leave the class out.
    models: &'static [&'static str],
}

/// From -1 to 1.
const HALF: [f64; 3] = [0.5; 3];
const CLIP_MEAN: [f64; 3] = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD: [f64; 3] = [0.26862954, 0.26130258, 0.27577711];

#[rustfmt::skip]
const CLASSES: &[Class] = &[
    Class { name: "ViT", filter: Filter::Bilinear, size: exact(224), square: true, crop: None, do_center_crop: false, mean: HALF, std: HALF, models: &["vit", "swin"] },
    Class { name: "DeiT", filter: Filter::Bicubic, size: exact(256), square: true, crop: Some(224), do_center_crop: true, mean: HALF, std: HALF, models: &["deit"] },
    Class { name: "Bit", filter: Filter::Bicubic, size: shortest(224), square: false, crop: Some(224), do_center_crop: true, mean: CLIP_MEAN, std: CLIP_STD, models: &["dinov2", "dinov2_with_registers"] },
    Class { name: "CLIP", filter: Filter::Bicubic, size: shortest(224), square: false, crop: Some(224), do_center_crop: true, mean: CLIP_MEAN, std: CLIP_STD, models: &["clip", "clip_vision_model"] },
    Class { name: "Siglip", filter: Filter::Bicubic, size: exact(224), square: false, crop: None, do_center_crop: false, mean: HALF, std: HALF, models: &["siglip", "siglip_vision_model"] },
    Class { name: CONVNEXT, filter: Filter::Bicubic, size: shortest(384), square: false, crop: None, do_center_crop: false, mean: HALF, std: HALF, models: &["convnext", "convnextv2", "resnet"] },
    Class { name: EFFICIENTNET, filter: Filter::Bicubic, size: exact(346), square: true, crop: Some(289), do_center_crop: false, mean: HALF, std: HALF, models: &["efficientnet"] },
    Class { name: "MobileNetV2", filter: Filter::Bilinear, size: shortest(256), square: false, crop: Some(224), do_center_crop: true, mean: HALF, std: HALF, models: &["mobilenet_v2"] },
];

/// The two that compute in a way of their own.
const CONVNEXT: &str = "ConvNext";
const EFFICIENTNET: &str = "EfficientNet";

const fn exact(side: u32) -> Size {
    Size::Exact {
        height: side,
        width: side,
    }
}

const fn shortest(edge: u32) -> Size {
    Size::Shortest { edge }
}

/// Flags that are known here; `do_reduce_labels` is about segmentation maps only, and pictures are RGB already.
const FLAGS: &[&str] = &[
    "do_resize",
    "do_center_crop",
    "do_rescale",
    "do_normalize",
    "do_convert_rgb",
    "do_reduce_labels",
];

/// What a checkpoint says of its pictures: `pretrained_cfg` in timm's `config.json`, or `transformers`' own
/// `preprocessor_config.json` or `processor_config.json`. `read` gives a small file of the checkpoint, if it is there.
pub fn preprocessing_of(
    config: &Map<String, Value>,
    read: &dyn Fn(&str) -> Result<Option<Vec<u8>>>,
) -> Result<Preprocessing> {
    if config.contains_key("architecture") && !config.contains_key("model_type") {
        return timm::preprocessing(config);
    }
    let object = |name: &str| match read(name)? {
        None => Ok(None),
        Some(bytes) => match serde_json::from_slice(&bytes) {
            Ok(fields) => Ok(Some(fields)),
            Err(error) => Err(Error::BadModel(format!("{name} is not a JSON object: {error}"))),
        },
    };
    // The processor of texts and pictures together, which transformers 5 writes, goes before the other file.
    let both: Option<Map<String, Value>> = object("processor_config.json")?;
    if let Some(fields) = both
        .as_ref()
        .and_then(|fields| fields.get("image_processor")?.as_object())
    {
        return of_processor(&Fields::new("processor_config.json: image_processor", fields), config);
    }
    match object("preprocessor_config.json")? {
        Some(fields) => of_processor(&Fields::new("preprocessor_config.json", &fields), config),
        None => Err(Error::NotFound(
            "the checkpoint has no preprocessor_config.json, which says how pictures are resized and normalised: copy it from the \
             model's repository, or write it there with AutoImageProcessor.from_pretrained(…).save_pretrained(…)"
                .into(),
        )),
    }
}

fn of_processor(fields: &Fields, config: &Map<String, Value>) -> Result<Preprocessing> {
    let class = class(fields, config)?;
    if let Some((name, _)) = fields
        .iter()
        .find(|(name, value)| name.starts_with("do_") && value.as_bool() == Some(true) && !FLAGS.contains(name))
    {
        return Err(fields.unsupported(name, "take a checkpoint that goes without"));
    }
    if fields.flag("use_square_size", false)? {
        return Err(fields.unsupported("use_square_size", "give the size as height and width instead"));
    }
    let (resize, cropped) = resized(fields, class)?;
    let crop = match fields.flag("do_center_crop", class.do_center_crop)? {
        true => Some(centre_crop(fields, class)?),
        false => None,
    };
    if cropped.is_some() && crop.is_some() {
        return Err(fields.unsupported("do_center_crop", "below 384 pixels this class crops by itself"));
    }
    let (rescale, mean, std) = normalised(fields, class)?;
    let preprocessing = Preprocessing {
        resize,
        crop: crop.or(cropped),
        rescale,
        mean,
        std,
    };
    preprocessing.check()?;
    Ok(preprocessing)
}

/// By the names that classes have had: `ViTFeatureExtractor`, `ViTImageProcessorFast`, `ViTImageProcessorPil`.
fn class(fields: &Fields, config: &Map<String, Value>) -> Result<&'static Class> {
    let named = match fields.string("image_processor_type")? {
        Some(name) => Some(name),
        None => fields.string("feature_extractor_type")?,
    };
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    let known = || {
        CLASSES
            .iter()
            .map(|class| format!("{}ImageProcessor", class.name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some(name) = named.or(text("image_processor_type")) else {
        let model = text("model_type").unwrap_or_default();
        return CLASSES
            .iter()
            .find(|class| class.models.contains(&model))
            .ok_or_else(|| {
                let sentence = "no image_processor_type is given, and none is known for the model_type";
                Error::Unsupported(format!(
                    "preprocessor_config.json: {sentence} {model:?}; this version knows: {}",
                    known()
                ))
            });
    };
    let bare = name.trim_end_matches("Fast").trim_end_matches("Pil");
    let bare = bare
        .strip_suffix("ImageProcessor")
        .or(bare.strip_suffix("FeatureExtractor"));
    if bare == Some("Siglip2") {
        return Err(Error::Unsupported(format!(
            "{name} cuts pictures of any shape into patches (NaFlex), which is not implemented; take a SigLIP 2 checkpoint of a fixed \
             resolution, such as google/siglip2-base-patch16-224"
        )));
    }
    CLASSES.iter().find(|class| bare == Some(class.name)).ok_or_else(|| {
        Error::Unsupported(format!(
            "the image processor {name:?} is not known; this version knows: {}",
            known()
        ))
    })
}

/// What pictures are resized to; ConvNeXt's class also crops then, but only what is smaller than 384 pixels.
fn resized(fields: &Fields, class: &Class) -> Result<(Option<Resize>, Option<Crop>)> {
    if !fields.flag("do_resize", true)? {
        return Ok((None, None));
    }
    let square = fields.flag("default_to_square", class.square)?;
    let to = fields.size("size", square)?.unwrap_or(class.size);
    let filter = fields.filter("resample", class.filter)?;
    if class.name != CONVNEXT {
        return Ok((Some(Resize { to, filter }), None));
    }
    let share = fields.number("crop_pct", 224. / 256.)?;
    match to {
        Size::Shortest { edge } if edge < 384 => {
            let to = shortest(whole(edge, share));
            let crop = Crop {
                share: Some(share),
                ..black(edge, edge)
            };
            Ok((Some(Resize { to, filter }), Some(crop)))
        }
        Size::Shortest { edge } => Ok((
            Some(Resize {
                to: exact(edge),
                filter,
            }),
            None,
        )),
        _ => Err(fields.wrong("size", "the shortest_edge alone, which is what this class reads")),
    }
}

fn centre_crop(fields: &Fields, class: &Class) -> Result<Crop> {
    let size = fields.size("crop_size", true)?.or(class.crop.map(exact));
    match size {
        Some(Size::Exact { height, width }) => Ok(black(height, width)),
        _ => Err(fields.wrong("crop_size", "the height and width to crop to")),
    }
}

fn black(height: u32, width: u32) -> Crop {
    Crop {
        height,
        width,
        centring: Centring::Transformers,
        fill: [0; 3],
        share: None,
    }
}

/// The scale, mean and deviation that all steps on values amount to.
fn normalised(fields: &Fields, class: &Class) -> Result<(f64, [f64; 3], [f64; 3])> {
    let rescaled = fields.flag("do_rescale", true)?;
    let rescale = match rescaled {
        true => fields.number("rescale_factor", 1. / 255.)?,
        false => 1.,
    };
    let image_std = fields.triple("image_std", class.std)?;
    let (mut mean, mut std) = match fields.flag("do_normalize", true)? {
        true => (fields.triple("image_mean", class.mean)?, image_std),
        false => ([0.; 3], [1.; 3]),
    };
    if class.name == EFFICIENTNET {
        // From 0 to 2 becomes -1 to 1; and a model with its head was trained on pictures divided twice.
        if rescaled && fields.flag("rescale_offset", false)? {
            mean = mean.map(|mean| mean + 1.);
        }
        if fields.flag("include_top", true)? {
            std = [0, 1, 2].map(|channel| std[channel] * image_std[channel]);
        }
    }
    Ok((rescale, mean, std))
}
