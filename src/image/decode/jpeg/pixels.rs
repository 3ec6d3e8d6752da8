//! Rows of samples → a row of RGB.

use std::array::from_fn;

use multiversion::{multiversion, target::match_target};

use super::super::colour;
#[cfg(target_arch = "x86_64")]
use super::avx2;

/// Pixels converted side by side.
const LANES: usize = 16;

#[inline(always)]
pub fn each<const N: usize>(to: &mut [[u8; 3]], from: [&[u8]; N], pixel: impl Fn([u8; N]) -> [u8; 3]) {
    let width = to.len();
    let from = from.map(|samples| &samples[..width]);
    for (x, to) in to.iter_mut().enumerate() {
        *to = pixel(from.map(|samples| samples[x]));
    }
}

/// `colour::ycbcr` of each pixel.
#[multiversion(targets("x86_64+avx2"))]
pub fn from_ycbcr(to: &mut [[u8; 3]], [y, cb, cr]: [&[u8]; 3]) {
    let width = to.len();
    if width < LANES {
        return each(to, [y, cb, cr], colour::ycbcr);
    }
    let lanes = |samples: &[u8], x: usize| *samples[x..].first_chunk::<LANES>().unwrap_or(&[0; LANES]);
    // The last ones are done over again where the width is no multiple.
    for x in (0..width - LANES).step_by(LANES).chain([width - LANES]) {
        let rgb = planes(&lanes(y, x), &lanes(cb, x), &lanes(cr, x));
        let rgb = match_target! {
            "x86_64+avx2" => avx2::interleaved(&rgb),
            _ => interleaved(&rgb),
        };
        to[x..x + LANES].copy_from_slice(&rgb);
    }
}

/// The same in 16 bits: with the whole numbers taken out of the factors, what is left of a product fits the upper half of 32 bits.
#[inline(always)]
fn planes(y: &[u8; LANES], cb: &[u8; LANES], cr: &[u8; LANES]) -> [[u8; LANES]; 3] {
    let mut rgb = [[0; LANES]; 3];
    for x in 0..LANES {
        let (y, cb, cr) = (i16::from(y[x]), i16::from(cb[x]) - 128, i16::from(cr[x]) - 128);
        let red = cr + ((upper(2 * cr, 26_345) + 1) >> 1); // 1.402 - 1
        let blue = 2 * cb + ((upper(2 * cb, -14_942) + 1) >> 1); // 1.772 - 2
                                                                 // -0.344136 and 1 - 0.714136, rounded once.
        let green = ((i32::from(cb) * -22_554 + i32::from(cr) * 18_734 + (1 << 15)) >> 16) as i16 - cr;
        rgb[0][x] = (y + red).clamp(0, 255) as u8;
        rgb[1][x] = (y + green).clamp(0, 255) as u8;
        rgb[2][x] = (y + blue).clamp(0, 255) as u8;
    }
    rgb
}

#[inline(always)]
fn upper(a: i16, factor: i32) -> i16 {
    ((i32::from(a) * factor) >> 16) as i16
}

#[inline(always)]
fn interleaved([red, green, blue]: &[[u8; LANES]; 3]) -> [[u8; 3]; LANES] {
    from_fn(|i| [red[i], green[i], blue[i]])
}

/// Adobe stores inks inverted, and Pillow takes every JPEG of four channels for Adobe's.
pub fn adobe_cmyk(inverted: [u8; 4]) -> [u8; 3] {
    colour::cmyk(inverted.map(|ink| 255 - ink))
}

pub fn ycck([y, cb, cr, k]: [u8; 4]) -> [u8; 3] {
    // libjpeg makes inks of it, 255 - R and so on, which are inverted in turn.
    let [c, m, y] = colour::ycbcr([y, cb, cr]);
    colour::cmyk([c, m, y, 255 - k])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_enough_for_every_colour() {
        let y: Vec<u8> = (0..=255).collect();
        for cb in 0..=255 {
            for cr in 0..=255 {
                // As long as a picture's row whose end is none.
                let mut to = [[0; 3]; 255];
                from_ycbcr(&mut to, [&y, &[cb; 256], &[cr; 256]]);
                for (y, to) in y.iter().zip(to) {
                    assert_eq!(to, colour::ycbcr([*y, cb, cr]), "{y} {cb} {cr}");
                }
            }
        }
    }
}
