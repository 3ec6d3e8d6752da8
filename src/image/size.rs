//! How large a picture becomes, and where a crop is cut: the arithmetic of `transformers` (`image_transforms.py`,
//! `image_utils.py`), torchvision (`functional.py`) and timm (`data/transforms.py`), their rounding included.

use serde::{Deserialize, Serialize};

/// What a picture is resized to. The first four round as `transformers` and torchvision do, the last two as timm does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Whatever that makes of its shape.
    Exact { height: u32, width: u32 },
    /// The shorter side so long.
    Shortest { edge: u32 },
    /// The shorter side so long, or less where the longer one would exceed its limit.
    ShortestWithin { edge: u32, longest: u32 },
    /// As large as both sides allow.
    Within { height: u32, width: u32 },
    /// As small as leaves no side shorter.
    Cover { height: u32, width: u32 },
    /// As large as leaves no side longer.
    Contain { height: u32, width: u32 },
}

impl Size {
    /// Its two numbers, which are sides.
    pub fn sides(self) -> [u32; 2] {
        match self {
            Size::Shortest { edge } => [edge, edge],
            Size::ShortestWithin { edge, longest } => [edge, longest],
            Size::Exact { height, width }
            | Size::Within { height, width }
            | Size::Cover { height, width }
            | Size::Contain { height, width } => [height, width],
        }
    }

    /// The same rule with other sides.
    pub fn with_sides(self, [first, second]: [u32; 2]) -> Self {
        let (height, width) = (first, second);
        match self {
            Size::Shortest { .. } | Size::Cover { .. } => Size::covering(height, width),
            Size::ShortestWithin { .. } => Size::ShortestWithin {
                edge: first,
                longest: second,
            },
            Size::Exact { .. } => Size::Exact { height, width },
            Size::Within { .. } => Size::Within { height, width },
            Size::Contain { .. } => Size::Contain { height, width },
        }
    }

    /// As timm chooses: a square is a matter of the shorter side.
    pub fn covering(height: u32, width: u32) -> Self {
        match height == width {
            true => Size::Shortest { edge: height },
            false => Size::Cover { height, width },
        }
    }

    /// The height and width that a picture of so many pixels gets; 0 where nothing is left of a side.
    pub fn of(self, height: u32, width: u32) -> (u64, u64) {
        let (h, w) = (f64::from(height), f64::from(width));
        let (wide, long) = (width > height, u64::from(height.max(width)));
        let short = u64::from(height.min(width));
        let orient = |short: u64, long: u64| if wide { (short, long) } else { (long, short) };
        match self {
            Size::Exact { height, width } => (height.into(), width.into()),
            Size::Shortest { edge } => orient(edge.into(), u64::from(edge) * long / short),
            Size::ShortestWithin { edge, longest } => {
                let limit = f64::from(longest);
                if long as f64 / short as f64 * f64::from(edge) > limit {
                    let raw = limit * short as f64 / long as f64;
                    orient(raw.round_ties_even() as u64, (raw * long as f64 / short as f64) as u64)
                } else {
                    Size::Shortest { edge }.of(height, width)
                }
            }
            Size::Within { height, width } => {
                let scale = (f64::from(height) / h).min(f64::from(width) / w);
                ((h * scale) as u64, (w * scale) as u64)
            }
            Size::Cover { height, width } => divided(h, w, (h / f64::from(height)).min(w / f64::from(width))),
            Size::Contain { height, width } => divided(h, w, (h / f64::from(height)).max(w / f64::from(width))),
        }
    }
}

fn divided(height: f64, width: f64, by: f64) -> (u64, u64) {
    (
        (height / by).round_ties_even() as u64,
        (width / by).round_ties_even() as u64,
    )
}

/// Whose centre a crop has where it cannot be in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Centring {
    Transformers,
    Torchvision,
}

impl Centring {
    /// Where a crop of so many pixels begins on a side of so many; negative where the side is shorter and padding begins first.
    pub fn begin(self, side: u64, crop: u32) -> i64 {
        let spare = side as i64 - i64::from(crop);
        match self {
            // Rounded down, so padding has its odd pixel in front.
            Centring::Transformers => spare.div_euclid(2),
            Centring::Torchvision if spare < 0 => spare / 2,
            Centring::Torchvision => (spare as f64 / 2.).round_ties_even() as i64,
        }
    }
}
