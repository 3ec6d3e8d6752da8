//! Coefficients → samples: the accurate integer transform of libjpeg (`jidctint.c`), after Loeffler, Ligtenberg and Moschytz,
//! "Practical fast 1-D DCT algorithms with 11 multiplications" (1989). Its roundings are kept, so that pixels equal Pillow's.

use multiversion::multiversion;

type Lanes = [i32; 8];

const BITS: u32 = 13;
/// More precision between the two passes.
const BETWEEN: u32 = 2;
const FIRST: u32 = BITS - BETWEEN;
const SECOND: u32 = BITS + BETWEEN + 3;

/// One pass over eight columns; factors are in 13-bit fixed point. One loop over the columns is what the compiler makes vectors of.
#[inline(always)]
fn pass<const SHIFT: u32>(x: &[Lanes; 8]) -> [Lanes; 8] {
    let mut to = [[0; 8]; 8];
    for i in 0..8 {
        let (x2, x6) = (x[2][i], x[6][i]);
        let both = times(x2.wrapping_add(x6), 4433); // 0.541196100
        let two = both.wrapping_sub(times(x6, 15137)); // 1.847759065
        let three = both.wrapping_add(times(x2, 6270)); // 0.765366865
        let zero = x[0][i].wrapping_add(x[4][i]) << BITS;
        let one = x[0][i].wrapping_sub(x[4][i]) << BITS;
        let even = [
            zero.wrapping_add(three),
            one.wrapping_add(two),
            one.wrapping_sub(two),
            zero.wrapping_sub(three),
        ];

        let (x1, x3, x5, x7) = (x[1][i], x[3][i], x[5][i], x[7][i]);
        let (x73, x51) = (x7.wrapping_add(x3), x5.wrapping_add(x1));
        let all = times(x73.wrapping_add(x51), 9633); // 1.175875602
        let z1 = times(x7.wrapping_add(x1), -7373); // 0.899976223
        let z2 = times(x5.wrapping_add(x3), -20995); // 2.562915447
        let z3 = times(x73, -16069).wrapping_add(all); // 1.961570560
        let z4 = times(x51, -3196).wrapping_add(all); // 0.390180644
        let odd = [
            times(x1, 12299).wrapping_add(z1).wrapping_add(z4), // 1.501321110
            times(x3, 25172).wrapping_add(z2).wrapping_add(z3), // 3.072711026
            times(x5, 16819).wrapping_add(z2).wrapping_add(z4), // 2.053119869
            times(x7, 2446).wrapping_add(z1).wrapping_add(z3),  // 0.298631336
        ];
        to[0][i] = descale::<SHIFT>(even[0].wrapping_add(odd[0]));
        to[1][i] = descale::<SHIFT>(even[1].wrapping_add(odd[1]));
        to[2][i] = descale::<SHIFT>(even[2].wrapping_add(odd[2]));
        to[3][i] = descale::<SHIFT>(even[3].wrapping_add(odd[3]));
        to[4][i] = descale::<SHIFT>(even[3].wrapping_sub(odd[3]));
        to[5][i] = descale::<SHIFT>(even[2].wrapping_sub(odd[2]));
        to[6][i] = descale::<SHIFT>(even[1].wrapping_sub(odd[1]));
        to[7][i] = descale::<SHIFT>(even[0].wrapping_sub(odd[0]));
    }
    to
}

#[inline(always)]
fn times(a: i32, factor: i32) -> i32 {
    a.wrapping_mul(factor)
}

/// The integer nearest to a / 2^SHIFT.
#[inline(always)]
fn descale<const SHIFT: u32>(a: i32) -> i32 {
    a.wrapping_add(1 << (SHIFT - 1)) >> SHIFT
}

#[inline(always)]
fn transposed(x: &[Lanes; 8]) -> [Lanes; 8] {
    let mut to = [[0; 8]; 8];
    for row in 0..8 {
        for column in 0..8 {
            to[row][column] = x[column][row];
        }
    }
    to
}

#[inline(always)]
fn dequantised(block: &[i16; 64], quantisation: &[i32; 64]) -> [Lanes; 8] {
    let mut x = [[0; 8]; 8];
    for row in 0..8 {
        for column in 0..8 {
            x[row][column] = i32::from(block[8 * row + column]).wrapping_mul(quantisation[8 * row + column]);
        }
    }
    x
}

#[inline(always)]
fn is_flat(block: &[i16; 64]) -> bool {
    let mut any = 0;
    for coefficient in &block[1..] {
        any |= coefficient;
    }
    any == 0
}

/// A row of blocks, each of 64 coefficients row by row, → eight rows of samples, `stride` bytes from one to the next.
#[multiversion(targets("x86_64+avx2"))]
pub fn row_of_blocks(blocks: &[[i16; 64]], quantisation: &[i32; 64], samples: &mut [u8], stride: usize) {
    for (i, block) in blocks.iter().enumerate() {
        if is_flat(block) {
            // All of one value.
            let dc = i32::from(block[0])
                .wrapping_mul(quantisation[0])
                .wrapping_mul(1 << BETWEEN);
            let sample = clipped(dc.wrapping_add(1 << (BETWEEN + 2)) >> (BETWEEN + 3));
            for row in samples.chunks_mut(stride).take(8) {
                if let Some(to) = row.get_mut(8 * i..8 * i + 8) {
                    to.fill(sample);
                }
            }
            continue;
        }
        let x = dequantised(block, quantisation);
        let columns = pass::<FIRST>(&x);
        let rows = transposed(&pass::<SECOND>(&transposed(&columns)));
        for (row, to) in rows.iter().zip(samples.chunks_mut(stride)) {
            if let Some(to) = to.get_mut(8 * i..8 * i + 8) {
                for (to, value) in to.iter_mut().zip(row) {
                    *to = clipped(*value);
                }
            }
        }
    }
}

#[inline(always)]
fn clipped(value: i32) -> u8 {
    value.wrapping_add(128).clamp(0, 255) as u8
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
            let columns = pass::<FIRST>(&dequantised(&block, &[1; 64]));
            let long = pass::<SECOND>(&transposed(&columns));
            assert!(samples(block).iter().all(|s| *s == clipped(long[0][0])), "{dc}");
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
}
