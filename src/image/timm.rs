//! timm's preprocessing, from `pretrained_cfg` in `config.json`, as `create_transform(**resolve_model_data_config(model))` makes
//! it (`timm/data/config.py`, `transforms_factory.py`): of the training size, not of `test_input_size`.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::preprocessing::{whole, Centring, Crop, Filter, Preprocessing, Resize, Size};
use crate::error::{Error, Result};

/// `config`: timm's `config.json`. Old ones have the fields of `pretrained_cfg` at the top.
pub fn preprocessing(config: &Map<String, Value>) -> Result<Preprocessing> {
    let fields = match config.get("pretrained_cfg").and_then(Value::as_object) {
        Some(fields) => Fields::new("config.json: pretrained_cfg", fields),
        None => Fields::new("config.json", config),
    };
    let (height, width) = size(config, &fields)?;
    let share = fields.number("crop_pct", 0.875)?;
    let filter = fields.filter("interpolation", Filter::Bicubic)?;
    let mean = fields.triple("mean", [0.485, 0.456, 0.406])?;
    let std = fields.triple("std", [0.229, 0.224, 0.225])?;
    let (high, wide) = (whole(height, share), whole(width, share));
    let mut fill = [0; 3];
    let to = match fields.string("crop_mode")?.unwrap_or("center") {
        "center" => Size::covering(high, wide),
        "squash" => Size::Exact {
            height: high,
            width: wide,
        },
        "border" => {
            fill = mean.map(|mean| (255. * mean).round_ties_even() as u8);
            Size::Contain {
                height: high,
                width: wide,
            }
        }
        other => {
            return Err(Error::Unsupported(format!(
                "config.json: the crop_mode {other:?} is not known; this version knows: center, squash, border"
            )))
        }
    };
    let preprocessing = Preprocessing {
        resize: Some(Resize { to, filter }),
        crop: Some(Crop {
            height,
            width,
            centring: Centring::Torchvision,
            fill,
            share: Some(share),
        }),
        rescale: 1. / 255.,
        mean,
        std,
    };
    preprocessing.check()?;
    Ok(preprocessing)
}

/// Of the pictures. Where a model is tied to one size, it is made for that of its arguments, and that of the weights may be stale.
fn size(config: &Map<String, Value>, weights: &Fields) -> Result<(u32, u32)> {
    let [_, height, width] = weights.lengths("input_size")?.unwrap_or([3, 224, 224]);
    if let Some(arguments) = config.get("model_args").and_then(Value::as_object) {
        let arguments = Fields::new("config.json: model_args", arguments);
        let fixed = weights.flag("fixed_input_size", false)? && !arguments.flag("dynamic_img_size", false)?;
        if let (true, Some(Size::Exact { height, width })) = (fixed, arguments.size("img_size", true)?) {
            return Ok((height, width));
        }
    }
    Ok((height, width))
}
