//! The eight ways a camera may have been held, and turning a picture upright.

use super::super::rgb::Rgb;
use crate::control::Call;
use crate::error::Result;

/// EXIF's number, 1 (upright) to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation(u8);

impl Default for Orientation {
    fn default() -> Self {
        Self(1)
    }
}

impl Orientation {
    /// Numbers outside 1 to 8 mean nothing, and leave a picture as it is.
    pub fn new(number: u32) -> Self {
        u8::try_from(number)
            .ok()
            .filter(|n| (1..=8).contains(n))
            .map_or_else(Self::default, Self)
    }

    /// The picture as its viewer is meant to see it.
    pub fn apply(self, stored: Rgb, call: &Call) -> Result<Rgb> {
        if self.0 == 1 {
            return Ok(stored);
        }
        let (width, height) = (stored.width as usize, stored.height as usize);
        // Along a turned row and down its columns one walks the stored pixels by these steps, from this corner.
        let (right, down) = (1, width);
        let (top_right, bottom_left) = (width - 1, (height - 1) * width);
        let (start, x_step, y_step) = match self.0 {
            2 => (top_right, -Step(right), Step(down)),
            3 => (bottom_left + top_right, -Step(right), -Step(down)),
            4 => (bottom_left, Step(right), -Step(down)),
            5 => (0, Step(down), Step(right)),
            6 => (bottom_left, -Step(down), Step(right)),
            7 => (bottom_left + top_right, -Step(down), -Step(right)),
            _ => (top_right, Step(down), -Step(right)),
        };
        let turned = if self.0 < 5 {
            (stored.width, stored.height)
        } else {
            (stored.height, stored.width)
        };
        let mut upright = Rgb::black(turned.0, turned.1)?;
        let source = stored.pixels.as_chunks::<3>().0;
        let target = upright.pixels.as_chunks_mut::<3>().0;
        let width = turned.0 as usize;
        // By bands: a pixel's neighbours, in either direction, are still in the cache when their turn comes.
        for (band, rows) in target.chunks_mut(width * BAND).enumerate() {
            call.check()?;
            for x in 0..width {
                let mut from = y_step.walk(x_step.walk(start, x), band * BAND);
                for to in rows.iter_mut().skip(x).step_by(width) {
                    *to = source[from];
                    from = y_step.walk(from, 1);
                }
            }
        }
        Ok(upright)
    }
}

/// Rows turned together.
const BAND: usize = 64;

/// A distance between two pixels, forth or back.
#[derive(Clone, Copy)]
struct Step(usize);

impl std::ops::Neg for Step {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.wrapping_neg())
    }
}

impl Step {
    /// The pixel `steps` further; wrapping, since one step behind the last pixel may lie outside.
    fn walk(self, from: usize, steps: usize) -> usize {
        from.wrapping_add(self.0.wrapping_mul(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letters of a picture three wide, whose orientation is `number`, once it is upright.
    fn upright(number: u32) -> (u32, String) {
        let stored = Rgb {
            width: 3,
            height: 2,
            pixels: "abcdef".bytes().flat_map(|b| [b; 3]).collect(),
        };
        let turned = Orientation::new(number).apply(stored, &Call::unwatched()).unwrap();
        assert_eq!(turned.width * turned.height, 6);
        (
            turned.width,
            turned
                .pixels
                .as_chunks::<3>()
                .0
                .iter()
                .map(|[b, _, _]| char::from(*b))
                .collect(),
        )
    }

    #[test]
    fn all_eight() {
        let expected = [
            (1, 3, "abcdef"),
            (2, 3, "cbafed"),
            (3, 3, "fedcba"),
            (4, 3, "defabc"),
            (5, 2, "adbecf"),
            (6, 2, "daebfc"),
            (7, 2, "fcebda"),
            (8, 2, "cfbead"),
        ];
        for (number, width, letters) in expected {
            assert_eq!(upright(number), (width, letters.to_string()), "orientation {number}");
        }
        assert_eq!(upright(0).1, "abcdef");
        assert_eq!(upright(9).1, "abcdef");
        assert_eq!(upright(256 + 3).1, "abcdef");
    }

    #[test]
    fn turned_back_over_several_bands() {
        let (width, height) = (5, 3 * BAND as u32 + 7);
        let pixels: Vec<u8> = (0..3 * width * height).map(|i| (i * 31 / 7) as u8).collect();
        for (number, back) in [(2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)] {
            let stored = Rgb {
                width,
                height,
                pixels: pixels.clone(),
            };
            let turned = Orientation::new(number).apply(stored, &Call::unwatched()).unwrap();
            assert_ne!(turned.pixels, pixels);
            assert_eq!(
                Orientation::new(back).apply(turned, &Call::unwatched()).unwrap().pixels,
                pixels,
                "orientation {number}"
            );
        }
    }
}
