//! What is done to a model's pictures, as data: a bundle's manifest carries it.

use serde::{Deserialize, Serialize};

pub use super::filter::Filter;
pub use super::size::{Centring, Size};
use crate::error::{Error, Result};
use crate::options::LARGEST_SIDE;

/// Resized, cropped, then each value v of a channel becomes (v · rescale − mean) / std.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    pub resize: Option<Resize>,
    pub crop: Option<Crop>,
    pub rescale: f64,
    /// Of the channels R, G and B.
    pub mean: [f64; 3],
    pub std: [f64; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resize {
    pub to: Size,
    pub filter: Filter,
}

/// The centre of the resized picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    pub height: u32,
    pub width: u32,
    pub centring: Centring,
    /// The colour beyond the edges of a picture that is smaller.
    pub fill: [u8; 3],
    /// The crop's share of the resized sides, where a configuration gives that and not the sizes.
    pub share: Option<f64>,
}

impl Crop {
    /// What pictures are resized to before a crop of another height and width, when it was `to` before this one.
    fn resized(&self, to: Size, height: u32, width: u32) -> Size {
        let [first, second] = to.sides();
        let scaled = |side: u32, new: u32, crop: u32| match self.share {
            Some(share) => whole(new, share),
            None => (u64::from(side) * u64::from(new) / u64::from(crop))
                .try_into()
                .unwrap_or(u32::MAX),
        };
        to.with_sides([scaled(first, height, self.height), scaled(second, width, self.width)])
    }
}

/// The side of which a crop of `side` pixels is this share, rounded as all configurations do.
pub fn whole(side: u32, share: f64) -> u32 {
    (f64::from(side) / share) as u32
}

impl Preprocessing {
    /// Refuses what contradicts itself, wherever it was read from.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::BadModel(format!("the preprocessing of pictures {what}")));
        if let Some(share) = self
            .crop
            .and_then(|crop| crop.share)
            .filter(|share| !(share.is_finite() && *share > 0.))
        {
            return wrong(format!("crops a share of {share}, which must be positive"));
        }
        let resized = self.resize.iter().flat_map(|resize| resize.to.sides());
        let cropped = self.crop.iter().flat_map(|crop| [crop.height, crop.width]);
        if let Some(side) = resized.chain(cropped).find(|side| !(1..=LARGEST_SIDE).contains(side)) {
            return wrong(format!(
                "names a side of {side} pixels, which must be 1 to {LARGEST_SIDE}"
            ));
        }
        // As f32: that is what becomes of a value.
        let usable = |value: f64| (value as f32).is_finite();
        if let Some(value) = [self.rescale]
            .into_iter()
            .chain(self.mean)
            .find(|value| !usable(*value))
        {
            return wrong(format!("has a mean or a scale of {value}, which is no usable number"));
        }
        if let Some(std) = self.std.into_iter().find(|std| !usable(*std) || !usable(1. / std)) {
            return wrong(format!("divides by a standard deviation of {std}"));
        }
        Ok(())
    }

    /// The height and width that every picture ends up with; `None` where they depend on the picture.
    pub fn output(&self) -> Option<(u32, u32)> {
        match (self.crop, self.resize.map(|resize| resize.to)) {
            (Some(crop), _) => Some((crop.height, crop.width)),
            (None, Some(Size::Exact { height, width })) => Some((height, width)),
            (None, _) => None,
        }
    }

    /// The same for pictures of another final height and width: what is cut off stays the same share.
    pub fn sized(&self, height: u32, width: u32) -> Result<Self> {
        self.check()?;
        let mut sized = self.clone();
        if let Some(crop) = &mut sized.crop {
            (crop.height, crop.width) = (height, width);
        }
        if let Some(resize) = &mut sized.resize {
            resize.to = match self.crop {
                None => Size::Exact { height, width },
                Some(crop) => crop.resized(resize.to, height, width),
            };
        } else if self.crop.is_none() {
            // Pictures were taken as they came.
            sized.resize = Some(Resize {
                to: Size::Exact { height, width },
                filter: Filter::Bicubic,
            });
        }
        let out_of_range = |_| {
            let [first, second] = sized.resize.map_or([height, width], |resize| resize.to.sides());
            Error::InvalidArgument(format!(
                "image_size = {height}×{width} is out of range: pictures would be resized to sides of {first} and {second} pixels \
                 before they are cropped, and sides may have 1 to {LARGEST_SIDE}"
            ))
        };
        sized.check().map_err(out_of_range)?;
        Ok(sized)
    }
}
