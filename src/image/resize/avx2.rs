//! What the compiler finds no good instructions for by itself: sums of products of 8-bit values with 22-bit weights, two of 16 bits at a time.

use std::arch::x86_64::*;

use super::super::filter::BITS;
use super::along::{Pixels, AT_ONCE};
use super::sum::{CHANNELS, HALF};

/// Weights are taken apart here, so that both parts are 16 bits with their sign.
const LOW: i32 = 12;

/// Pixels that are summed at a time, and the bytes that are read for them.
const PIXELS: usize = 4;
const BYTES: usize = 16;

/// `along::pixels`. Sums wrap, as those of the whole weights would, and fit at the end.
#[inline]
#[target_feature(enable = "avx2")]
pub fn pixels(rows: [&[u8]; AT_ONCE], start: usize, weights: &[i32]) -> Pixels {
    let length = rows[0].len();
    let rows = rows.map(|row| &row[..length]);
    let mut low = [_mm256_setzero_si256(); AT_ONCE];
    let mut high = low;
    for (i, four) in weights.chunks(PIXELS).enumerate() {
        let weight = |i: usize| four.get(i).copied().unwrap_or(0);
        let (lows, highs) = (pairs(|i| weight(i) & ((1 << LOW) - 1)), pairs(|i| weight(i) >> LOW));
        let from = (start + i * PIXELS) * CHANNELS;
        let bytes = match from + BYTES <= length {
            true => rows.map(|row| *row[from..].first_chunk().unwrap_or(&[0; BYTES])),
            false => rows.map(|row| at_the_end(&row[from..])),
        };
        for row in 0..AT_ONCE {
            let values = values(&bytes[row]);
            low[row] = _mm256_add_epi32(low[row], _mm256_madd_epi16(values, lows));
            high[row] = _mm256_add_epi32(high[row], _mm256_madd_epi16(values, highs));
        }
    }
    let mut pixels = [[0; CHANNELS + 1]; AT_ONCE];
    for row in 0..AT_ONCE {
        let whole = _mm256_add_epi32(low[row], _mm256_slli_epi32::<LOW>(high[row]));
        let sum = _mm_add_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256::<1>(whole));
        let sum = _mm_srai_epi32::<{ BITS as i32 }>(_mm_add_epi32(sum, _mm_set1_epi32(HALF)));
        let short = _mm_packs_epi32(sum, sum);
        pixels[row] = _mm_cvtsi128_si32(_mm_packus_epi16(short, short)).to_le_bytes();
    }
    pixels
}

/// Four weights: the first two in each lane of the lower half, the others in those of the upper.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs(weight: impl Fn(usize) -> i32) -> __m256i {
    let pair = |i: usize| _mm_set1_epi32((weight(i + 1) << 16) | (weight(i) & 0xFFFF));
    _mm256_set_m128i(pair(2), pair(0))
}

/// Four pixels and what stands behind them: of each channel the first two side by side, and in the upper half the others.
#[inline]
#[target_feature(enable = "avx2")]
fn values(bytes: &[u8; BYTES]) -> __m256i {
    let halves = bytes.as_chunks::<8>().0;
    let bytes = _mm_set_epi64x(i64::from_le_bytes(halves[1]), i64::from_le_bytes(halves[0]));
    let order = _mm_setr_epi8(0, 3, 1, 4, 2, 5, -1, -1, 6, 9, 7, 10, 8, 11, -1, -1);
    _mm256_cvtepu8_epi16(_mm_shuffle_epi8(bytes, order))
}

/// Beyond the row are zeros.
#[cold]
fn at_the_end(row: &[u8]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    bytes[..row.len()].copy_from_slice(row);
    bytes
}
