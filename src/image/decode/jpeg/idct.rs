//! Coefficients → samples: the accurate integer transform of libjpeg (`jidctint.c`), after Loeffler, Ligtenberg and Moschytz,
//! "Practical fast 1-D DCT algorithms with 11 multiplications" (1989). Its roundings are kept, so that pixels equal Pillow's.
//!
//! The multiplications are multiplied out to pairs of 16 bits, as libjpeg-turbo's vector code has them: sums before a rounding are the
//! same in any order, and vector units multiply these fast. Coefficients that no encoder writes overflow them in the same way.

use std::array::from_fn;

use multiversion::{multiversion, target::match_target};

#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::fixed_point::{BETWEEN, BITS, FIRST, SECOND};

/// Eight rows of eight.
type Square<T> = [T; 64];

/// One pass down the eight columns; rows from `ROWS` on are zeros. Factors are in 13-bit fixed point.
#[inline(always)]
fn pass<const SHIFT: u32, const ROWS: usize>(x: &Square<i16>) -> Square<i16> {
    let mut to = [0; 64];
    for i in 0..8 {
        let x = |row: usize| if row < ROWS { x[8 * row + i] } else { 0 };
        let times = |row: usize, factor: i32| i32::from(x(row)) * factor;
        let sum = |a: usize, b: usize| i32::from(x(a).wrapping_add(x(b)));
        let half = 1 << (SHIFT - 1);
        let zero = (sum(0, 4) << BITS) + half;
        let one = (i32::from(x(0).wrapping_sub(x(4))) << BITS) + half;
        let two = times(2, 4433) - times(6, 10704); // 0.541196100, that - 1.847759065
        let three = times(2, 10703) + times(6, 4433); // 0.541196100 + 0.765366865
        let even = [zero + three, one + two, one - two, zero - three];
        let (x73, x51) = (sum(7, 3), sum(5, 1));
        let z3 = x51 * 9633 - x73 * 6436; // 1.175875602, that - 1.961570560
        let z4 = x51 * 6437 + x73 * 9633; // 1.175875602 - 0.390180644
        let odd = [
            times(1, 4926) - times(7, 7373) + z4,   // 1.501321110 - 0.899976223
            times(3, 4177) - times(5, 20995) + z3,  // 3.072711026 - 2.562915447
            -times(5, 4176) - times(3, 20995) + z4, // 2.053119869 - 2.562915447
            -times(7, 4927) - times(1, 7373) + z3,  // 0.298631336 - 0.899976223
        ];
        for k in 0..4 {
            to[8 * k + i] = narrowed(even[k].wrapping_add(odd[k]) >> SHIFT);
            to[8 * (7 - k) + i] = narrowed(even[k].wrapping_sub(odd[k]) >> SHIFT);
        }
    }
    to
}

#[inline(always)]
fn narrowed(value: i32) -> i16 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// A block whose coefficients stand in the first `N` rows and columns.
#[inline(always)]
fn transform<const N: usize>(block: &Square<i16>, quantisation: &Square<i16>) -> [[u8; 8]; 8] {
    let mut x = [0; 64];
    for ((x, coefficient), step) in x.iter_mut().zip(block).zip(quantisation) {
        *x = coefficient.wrapping_mul(*step);
    }
    let columns = pass::<FIRST, N>(&x);
    let rows = pass::<SECOND, N>(&transposed(&columns));
    from_fn(|y| from_fn(|x| clipped(rows[8 * x + y])))
}

#[inline(always)]
fn transposed(x: &Square<i16>) -> Square<i16> {
    from_fn(|i| x[8 * (i % 8) + i / 8])
}

/// How many of the first rows and columns hold all coefficients, roughly.
#[inline(always)]
fn extent(block: &Square<i16>) -> usize {
    let (upper, lower) = block.split_at(32);
    let mut any = [0_i16; 8];
    let mut below = 0;
    for row in upper.as_chunks::<8>().0 {
        for (any, coefficient) in any.iter_mut().zip(row) {
            *any |= coefficient;
        }
    }
    for coefficient in lower {
        below |= coefficient;
    }
    let right = any[4] | any[5] | any[6] | any[7];
    if below | right != 0 {
        return 8;
    }
    let mut rest = 0;
    for coefficient in &upper[1..] {
        rest |= coefficient;
    }
    if rest == 0 {
        1
    } else {
        4
    }
}

/// A row of blocks, each of 64 coefficients row by row, → eight rows of samples, `stride` bytes from one to the next.
#[multiversion(targets("x86_64+avx2"))]
pub fn row_of_blocks(blocks: &[[i16; 64]], quantisation: &[i16; 64], samples: &mut [u8], stride: usize) {
    match_target! {
        "x86_64+avx2" => each_block(
            blocks,
            quantisation,
            samples,
            stride,
            |block, steps| avx2::transform::<4>(block, steps),
            |block, steps| avx2::transform::<8>(block, steps),
        ),
        _ => each_block(blocks, quantisation, samples, stride, transform::<4>, transform::<8>),
    }
}

#[inline(always)]
fn each_block(
    blocks: &[[i16; 64]],
    quantisation: &[i16; 64],
    samples: &mut [u8],
    stride: usize,
    corner: impl Fn(&Square<i16>, &Square<i16>) -> [[u8; 8]; 8],
    whole: impl Fn(&Square<i16>, &Square<i16>) -> [[u8; 8]; 8],
) {
    // Eight rows, to be cut off block by block.
    let mut rows: [&mut [[u8; 8]]; 8] = Default::default();
    for (row, samples) in rows.iter_mut().zip(samples.chunks_mut(stride)) {
        *row = samples.as_chunks_mut().0;
    }
    for (i, block) in blocks.iter().enumerate() {
        let square = match extent(block) {
            1 => [[flat(block[0].wrapping_mul(quantisation[0])); 8]; 8],
            4 => corner(block, quantisation),
            _ => whole(block, quantisation),
        };
        for (from, row) in square.iter().zip(&mut rows) {
            if let Some(to) = row.get_mut(i) {
                *to = *from;
            }
        }
    }
}

/// The one value of a block that has only a mean.
#[inline(always)]
fn flat(mean: i16) -> u8 {
    let between = mean.wrapping_mul(1 << BETWEEN);
    clipped(((i32::from(between) + (1 << (BETWEEN + 2))) >> (BETWEEN + 3)) as i16)
}

#[inline(always)]
fn clipped(value: i16) -> u8 {
    value.saturating_add(128).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(block: [i16; 64]) -> Vec<u8> {
        let mut samples = vec![0; 64];
        row_of_blocks(&[block], &[1; 64], &mut samples, 8);
        samples
    }

    #[test]
    fn a_mean_alone_takes_the_short_way_to_the_same_values() {
        for dc in [-2000, -1024, -9, -4, 0, 3, 4, 5, 1000, 2047] {
            let mut block = [0; 64];
            block[0] = dc;
            let long = transform::<8>(&block, &[1; 64]);
            assert_eq!(samples(block), long.as_flattened(), "{dc}");
            assert_eq!(transform::<4>(&block, &[1; 64]), long, "{dc}");
        }
    }

    #[test]
    fn few_coefficients_take_the_short_way_to_the_same_values() {
        let mut block = [0; 64];
        for (i, place) in [0, 1, 3, 9, 18, 24, 27].into_iter().enumerate() {
            block[place] = 7 * i as i16 * if i % 2 == 0 { 13 } else { -29 };
            assert_eq!(
                transform::<4>(&block, &[3; 64]),
                transform::<8>(&block, &[3; 64]),
                "{place}"
            );
        }
    }

    #[test]
    fn one_coefficient_is_one_cosine() {
        for (u, v) in [(1, 0), (0, 3), (5, 2), (7, 7)] {
            let mut block = [0; 64];
            block[8 * v + u] = 400;
            for (i, sample) in samples(block).into_iter().enumerate() {
                let wave = |k: usize, x: usize| {
                    let scale = if k == 0 { 0.5_f64.sqrt() } else { 1. };
                    scale * ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.).cos()
                };
                let exact = 128. + 100. * wave(u, i % 8) * wave(v, i / 8);
                assert!(
                    (f64::from(sample) - exact).abs() < 0.6,
                    "{u} {v} {i}: {sample}, {exact}"
                );
            }
        }
    }

    /// Whether this processor's own form gives the same; and extremes overflow nothing.
    #[test]
    fn every_form_gives_the_same() {
        let mut state = 1_u32;
        for i in 0..3000 {
            let mut block = [0; 64];
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as i16
            };
            for coefficient in &mut block {
                let (often, value) = (next(), next());
                *coefficient = match i % 4 {
                    0 => [i16::MIN, i16::MAX][usize::from(often < 0)],
                    1 => value,
                    _ if often < 0 => 0,
                    _ => value >> 6,
                };
            }
            assert_eq!(samples(block), transform::<8>(&block, &[1; 64]).as_flattened(), "{i}");
            let upper = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
            let corner: [i16; 64] = from_fn(|i| if upper.contains(&i) { block[i] } else { 0 });
            assert_eq!(samples(corner), transform::<4>(&corner, &[1; 64]).as_flattened(), "{i}");
        }
    }
}
