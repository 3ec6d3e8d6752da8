//! Fractions as whole numbers, as the transform has them (`idct`, and in AVX2's instructions `avx2`).

/// Binary places of its factors.
pub const BITS: u32 = 13;
/// More precision between the two passes.
pub const BETWEEN: u32 = 2;
/// By how much each pass's sums are shifted back.
pub const FIRST: u32 = BITS - BETWEEN;
pub const SECOND: u32 = BITS + BETWEEN + 3;
