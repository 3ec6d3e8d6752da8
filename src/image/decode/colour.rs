//! Samples → RGB, as Pillow's `convert("RGB")` does it (`src/libImaging/Convert.c`): alpha is dropped, not blended.

use super::super::rgb::Rgb;
use crate::error::Result;

/// Each pixel of `N` samples through `convert`.
pub fn each<const N: usize>(samples: &[u8], rgb: &mut [u8], convert: impl Fn([u8; N]) -> [u8; 3]) {
    for (to, from) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(samples.as_chunks::<N>().0) {
        *to = convert(*from);
    }
}

/// Interleaved samples, grey (1 a pixel), grey and alpha (2), RGB (3), RGB and alpha (4).
pub fn interleaved(width: u32, height: u32, channels: usize, samples: Vec<u8>) -> Result<Rgb> {
    if channels == 3 {
        return Ok(Rgb {
            width,
            height,
            pixels: samples,
        });
    }
    let mut rgb = Rgb::black(width, height)?;
    match channels {
        1 => each(&samples, &mut rgb.pixels, |[v]| [v, v, v]),
        2 => each(&samples, &mut rgb.pixels, |[v, _]| [v, v, v]),
        _ => each(&samples, &mut rgb.pixels, |[r, g, b, _]| [r, g, b]),
    }
    Ok(rgb)
}

/// `cmyk2rgb`; 255 is full ink.
pub fn cmyk([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let paper = 255 - k;
    [c, m, y].map(|ink| paper.saturating_sub(times(ink, paper)))
}

/// a · b / 255, rounded (`MULDIV255`).
fn times(a: u8, b: u8) -> u8 {
    let product = u32::from(a) * u32::from(b) + 128;
    (((product >> 8) + product) >> 8) as u8
}

/// JFIF's YCbCr in 16-bit fixed point, as libjpeg computes it.
#[inline(always)]
pub fn ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    [
        (y + ((91_881 * cr + HALF) >> 16)).clamp(0, 255) as u8,
        (y + ((-22_554 * cb - 46_802 * cr + HALF) >> 16)).clamp(0, 255) as u8,
        (y + ((116_130 * cb + HALF) >> 16)).clamp(0, 255) as u8,
    ]
}

/// RGB that was multiplied with its alpha.
pub fn unmultiply([r, g, b, a]: [u8; 4]) -> [u8; 3] {
    match a {
        0 => [0; 3],
        _ => [r, g, b].map(|v| (255 * u32::from(v) / u32::from(a)).min(255) as u8),
    }
}

/// 256 colours, black where a file gives none.
pub struct Palette([[u8; 3]; 256]);

impl Palette {
    pub fn new(colours: impl IntoIterator<Item = [u8; 3]>) -> Self {
        let mut table = [[0; 3]; 256];
        for (entry, colour) in table.iter_mut().zip(colours) {
            *entry = colour;
        }
        Self(table)
    }

    pub fn colour(&self, index: u8) -> [u8; 3] {
        self.0[usize::from(index)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks() {
        assert_eq!(cmyk([0, 0, 0, 0]), [255, 255, 255]);
        assert_eq!(cmyk([255, 0, 128, 0]), [0, 255, 127]);
        assert_eq!(cmyk([0, 100, 255, 55]), [200, 122, 0]);
        assert_eq!(cmyk([9, 9, 9, 255]), [0, 0, 0]);
    }

    #[test]
    fn alpha_taken_out() {
        assert_eq!(unmultiply([10, 100, 0, 100]), [25, 255, 0]);
        assert_eq!(unmultiply([10, 100, 200, 50]), [51, 255, 255]);
        assert_eq!(unmultiply([10, 20, 30, 0]), [0; 3]);
    }

    #[test]
    fn luma_and_chroma() {
        assert_eq!(ycbcr([128, 128, 128]), [128, 128, 128]);
        assert_eq!(ycbcr([76, 85, 255]), [254, 0, 0]);
        assert_eq!(ycbcr([255, 255, 255]), [255, 121, 255]);
    }

    #[test]
    fn short_palettes_end_in_black() {
        let palette = Palette::new([[1, 2, 3]]);
        assert_eq!((palette.colour(0), palette.colour(7)), ([1, 2, 3], [0; 3]));
    }
}
