//! What the compiler finds no good instructions for by itself, written in those of AVX2: the transform of `idct`, and pixels from
//! planes. The values are those of the general forms, which the tests hold them against.

use std::arch::x86_64::*;
use std::array::from_fn;

use super::fixed_point::{self, BITS};

const FIRST: i32 = fixed_point::FIRST as i32;
const SECOND: i32 = fixed_point::SECOND as i32;

/// A block whose coefficients stand in the first `N` rows and columns → its rows of samples.
#[inline]
#[target_feature(enable = "avx2")]
pub fn transform<const N: usize>(block: &[i16; 64], quantisation: &[i16; 64]) -> [[u8; 8]; 8] {
    let (block, steps) = (block.as_chunks::<8>().0, quantisation.as_chunks::<8>().0);
    let mut x = [_mm_setzero_si128(); 8];
    for i in 0..N.min(8) {
        x[i] = _mm_mullo_epi16(eight(&block[i]), eight(&steps[i]));
    }
    let columns = pass::<FIRST, N>(x);
    let rows = transposed(pass::<SECOND, N>(transposed(columns)));
    let mut samples = [[0; 8]; 8];
    for i in 0..4 {
        let two = _mm_packs_epi16(rows[2 * i], rows[2 * i + 1]);
        let two = _mm_add_epi8(two, _mm_set1_epi8(-128));
        samples[2 * i] = _mm_cvtsi128_si64(two).to_le_bytes();
        samples[2 * i + 1] = _mm_extract_epi64::<1>(two).to_le_bytes();
    }
    samples
}

#[inline]
#[target_feature(enable = "avx2")]
fn eight(&[a, b, c, d, e, f, g, h]: &[i16; 8]) -> __m128i {
    _mm_setr_epi16(a, b, c, d, e, f, g, h)
}

/// `idct::pass`.
#[inline]
#[target_feature(enable = "avx2")]
fn pass<const SHIFT: i32, const ROWS: usize>(x: [__m128i; 8]) -> [__m128i; 8] {
    // Two rows of 16 bits in the halves of 32, and the sums of their products with two factors.
    let pairs = |a: __m128i, b: __m128i| _mm256_set_m128i(_mm_unpackhi_epi16(a, b), _mm_unpacklo_epi16(a, b));
    let sums = |pairs: __m256i, a: i16, b: i16| {
        _mm256_madd_epi16(pairs, _mm256_set1_epi32((i32::from(b) << 16) | (i32::from(a) & 0xFFFF)))
    };
    let whole = |x: __m128i| _mm256_slli_epi32::<{ BITS as i32 }>(_mm256_cvtepi16_epi32(x));
    let half = _mm256_set1_epi32(1 << (SHIFT - 1));
    let zero = _mm256_add_epi32(whole(_mm_add_epi16(x[0], x[4])), half);
    let one = _mm256_add_epi32(whole(_mm_sub_epi16(x[0], x[4])), half);
    let x26 = pairs(x[2], x[6]);
    let (two, three) = (sums(x26, 4433, -10704), sums(x26, 10703, 4433));
    let even = [
        _mm256_add_epi32(zero, three),
        _mm256_add_epi32(one, two),
        _mm256_sub_epi32(one, two),
        _mm256_sub_epi32(zero, three),
    ];
    let x13 = pairs(x[1], x[3]);
    let odd = match ROWS {
        8 => {
            let (x17, x35) = (pairs(x[1], x[7]), pairs(x[3], x[5]));
            let both = pairs(_mm_add_epi16(x[7], x[3]), _mm_add_epi16(x[5], x[1]));
            let (z3, z4) = (sums(both, -6436, 9633), sums(both, 9633, 6437));
            [
                _mm256_add_epi32(sums(x17, 4926, -7373), z4),
                _mm256_add_epi32(sums(x35, 4177, -20995), z3),
                _mm256_add_epi32(sums(x35, -20995, -4176), z4),
                _mm256_add_epi32(sums(x17, -7373, -4927), z3),
            ]
        }
        _ => [
            sums(x13, 11363, 9633),
            sums(x13, 9633, -2259),
            sums(x13, 6437, -11362),
            sums(x13, 2260, -6436),
        ],
    };
    let upper = |k: usize| _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(even[k], odd[k]));
    let lower = |k: usize| _mm256_srai_epi32::<SHIFT>(_mm256_sub_epi32(even[k], odd[k]));
    let narrowed = |a, b| {
        let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(a, b));
        (_mm256_castsi256_si128(both), _mm256_extracti128_si256::<1>(both))
    };
    let (a, b) = narrowed(upper(0), upper(1));
    let (c, d) = narrowed(upper(2), upper(3));
    let (e, f) = narrowed(lower(3), lower(2));
    let (g, h) = narrowed(lower(1), lower(0));
    [a, b, c, d, e, f, g, h]
}

/// Columns of rows: each step makes pairs of rows, then fours, then eights.
#[inline]
#[target_feature(enable = "avx2")]
fn transposed(x: [__m128i; 8]) -> [__m128i; 8] {
    let step = |x: [__m128i; 8]| {
        [
            _mm_unpacklo_epi16(x[0], x[4]),
            _mm_unpackhi_epi16(x[0], x[4]),
            _mm_unpacklo_epi16(x[1], x[5]),
            _mm_unpackhi_epi16(x[1], x[5]),
            _mm_unpacklo_epi16(x[2], x[6]),
            _mm_unpackhi_epi16(x[2], x[6]),
            _mm_unpacklo_epi16(x[3], x[7]),
            _mm_unpackhi_epi16(x[3], x[7]),
        ]
    };
    step(step(step(x)))
}

/// Plane after plane → pixel after pixel.
#[inline]
#[target_feature(enable = "avx2")]
pub fn interleaved(planes: &[[u8; 16]; 3]) -> [[u8; 3]; 16] {
    let bytes = |b: &[u8; 16]| {
        let halves = b.as_chunks::<8>().0;
        _mm_set_epi64x(i64::from_le_bytes(halves[1]), i64::from_le_bytes(halves[0]))
    };
    let planes = [bytes(&planes[0]), bytes(&planes[1]), bytes(&planes[2])];
    let mut to = [[0; 3]; 16];
    for (third, to) in to.as_flattened_mut().as_chunks_mut::<16>().0.iter_mut().enumerate() {
        // Of each plane, where its values go; all others become zeros.
        let placed = |plane: usize| {
            let places: [u8; 16] = from_fn(|i| match (16 * third + i) % 3 == plane {
                true => ((16 * third + i) / 3) as u8,
                false => 0x80,
            });
            _mm_shuffle_epi8(planes[plane], bytes(&places))
        };
        let x = _mm_or_si128(_mm_or_si128(placed(0), placed(1)), placed(2));
        to[..8].copy_from_slice(&_mm_cvtsi128_si64(x).to_le_bytes());
        to[8..].copy_from_slice(&_mm_extract_epi64::<1>(x).to_le_bytes());
    }
    to
}
