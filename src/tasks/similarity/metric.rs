//! How near two vectors are.

use std::ops::RangeInclusive;

use multiversion::multiversion;

/// By what vectors are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    /// Larger is nearer, from -1 to 1; 0 with a vector of zeros.
    #[default]
    Cosine,
    /// Larger is nearer.
    Dot,
    /// The distance: smaller is nearer.
    Euclidean,
}

/// Lengths between which no product or sum in f32 overflows or loses its leading bits.
const TAME: RangeInclusive<f64> = 1e-15..=1e15;

impl Metric {
    /// How near two vectors of these lengths are, larger is nearer: the score, or the distance negated, summed in f64 and
    /// rounded to f32.
    pub fn rank(self, a: &[f32], a_length: f64, b: &[f32], b_length: f64) -> f64 {
        f64::from(self.exact(a, a_length, b, b_length) as f32)
    }

    /// The same before it is rounded.
    pub fn exact(self, a: &[f32], a_length: f64, b: &[f32], b_length: f64) -> f64 {
        match self {
            Metric::Cosine if a_length == 0. || b_length == 0. => 0.,
            Metric::Cosine => (dot(a, b) / (a_length * b_length)).clamp(-1., 1.),
            Metric::Dot => dot(a, b),
            Metric::Euclidean => -squared_distance(a, b).sqrt(),
        }
    }

    /// The score that a rank stands for.
    pub fn score(self, rank: f64) -> f32 {
        match self {
            Metric::Euclidean => rank.abs() as f32,
            _ => rank as f32,
        }
    }

    /// With `scale` and `shift`, the product p of a query with a row of this length becomes an estimate p · scale − shift, the
    /// larger the nearer. NaN for rows whose products f32 cannot hold.
    pub fn estimate(self, length: f64) -> (f32, f32) {
        if length != 0. && !TAME.contains(&length) {
            return (f32::NAN, 0.);
        }
        match self {
            Metric::Cosine if length == 0. => (0., 0.),
            Metric::Cosine => ((1. / length) as f32, 0.),
            Metric::Dot => (1., 0.),
            Metric::Euclidean => (2., (length * length) as f32),
        }
    }

    /// How far an estimate can be off for a query, among rows up to the longest. A sum of n products in f32, in any order, is off
    /// by at most n · 2⁻²⁴ · |a| · |b| to first order (Higham, Accuracy and Stability of Numerical Algorithms, 3.1); a few
    /// roundings come after it.
    pub fn uncertainty(self, dim: usize, query: f64, longest: f64) -> f64 {
        let relative = 1.01 * (dim as f64 + 8.) / f64::from(1 << 24);
        match self {
            Metric::Cosine => relative * query,
            Metric::Dot => relative * query * longest,
            Metric::Euclidean => relative * (query + longest) * (query + longest),
        }
    }

    /// The estimate that a row of this rank would have if it were exact. Nothing can be told of a query whose products f32
    /// cannot hold.
    pub fn estimate_of(self, rank: f64, query: f64) -> f64 {
        if query != 0. && !TAME.contains(&query) {
            return f64::NEG_INFINITY;
        }
        match self {
            Metric::Cosine => rank * query,
            Metric::Dot => rank,
            Metric::Euclidean => query * query - rank * rank,
        }
    }
}

/// Sums side by side, always in the same order, whatever the processor has.
const LANES: usize = 8;

#[multiversion(targets("x86_64+avx2"))]
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    let (mut sums, a8, b8) = ([0f64; LANES], a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a8.remainder().iter().zip(b8.remainder());
    for (sum, (a, b)) in sums.iter_mut().zip(rest) {
        *sum = f64::from(*a) * f64::from(*b);
    }
    for (a, b) in a8.zip(b8) {
        for lane in 0..LANES {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    sums.iter().sum()
}

#[multiversion(targets("x86_64+avx2"))]
fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let (mut sums, a8, b8) = ([0f64; LANES], a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a8.remainder().iter().zip(b8.remainder());
    for (sum, (a, b)) in sums.iter_mut().zip(rest) {
        let difference = f64::from(*a) - f64::from(*b);
        *sum = difference * difference;
    }
    for (a, b) in a8.zip(b8) {
        for lane in 0..LANES {
            let difference = f64::from(a[lane]) - f64::from(b[lane]);
            sums[lane] += difference * difference;
        }
    }
    sums.iter().sum()
}

/// How many columns are looked at together.
const COLUMNS: usize = 64;

/// Calls `found` with each column whose estimate is at least `floor`, or NaN; it gives the floor from there on.
pub fn scan(products: &[f32], scale: &[f32], shift: &[f32], mut floor: f32, mut found: impl FnMut(usize, f32) -> f32) {
    let pieces = products
        .chunks(COLUMNS)
        .zip(scale.chunks(COLUMNS))
        .zip(shift.chunks(COLUMNS));
    for (piece, ((products, scale), shift)) in pieces.enumerate() {
        if !any_reaches(products, scale, shift, floor) {
            continue;
        }
        for (column, ((product, scale), shift)) in products.iter().zip(scale).zip(shift).enumerate() {
            let estimate = product * scale - shift;
            if estimate.is_nan() || estimate >= floor {
                floor = found(piece * COLUMNS + column, estimate);
            }
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn any_reaches(products: &[f32], scale: &[f32], shift: &[f32], floor: f32) -> bool {
    let mut reached = 0;
    for ((product, scale), shift) in products.iter().zip(scale).zip(shift) {
        let estimate = product * scale - shift;
        // NaN reaches everything. Without a jump, so that many are compared at once.
        reached |= u32::from(estimate.is_nan()) | u32::from(estimate >= floor);
    }
    reached != 0
}

/// A bound as f32, never above the one in f64.
pub fn rounded_down(bound: f64) -> f32 {
    let near = bound as f32;
    if f64::from(near) > bound {
        near.next_down()
    } else {
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_metrics_say_of_two_vectors() {
        let (a, b) = ([3f32, 4.], [4f32, 3.]);
        let rank = |metric: Metric| metric.rank(&a, 5., &b, 5.);
        assert_eq!(rank(Metric::Cosine), f64::from(0.96f32));
        assert_eq!(rank(Metric::Dot), 24.);
        assert_eq!(Metric::Euclidean.score(rank(Metric::Euclidean)), 2f32.sqrt());
        assert_eq!(Metric::Cosine.rank(&[0., 0.], 0., &b, 5.), 0.);
        assert_eq!(Metric::Euclidean.score(Metric::Euclidean.rank(&a, 5., &a, 5.)), 0.);
    }

    #[test]
    fn sums_take_in_every_value() {
        for n in [0, 1, 7, 8, 9, 24, 31] {
            let a: Vec<f32> = (1..=n).map(|i| i as f32).collect();
            let squares: f64 = a.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
            assert_eq!(dot(&a, &a), squares, "{n}");
            assert_eq!(squared_distance(&a, &vec![0.; a.len()]), squares, "{n}");
        }
    }

    #[test]
    fn a_scan_passes_over_nothing_that_reaches_the_floor() {
        let products: Vec<f32> = (0..200).map(|i| (i % 7) as f32).collect();
        let mut scale = vec![1.; 200];
        scale[3] = f32::NAN;
        let mut seen = Vec::new();
        scan(&products, &scale, &[1.; 200], 5., |column, _| {
            seen.push(column);
            5.
        });
        let expected: Vec<usize> = (0..200).filter(|i| i % 7 == 6 || *i == 3).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn bounds_are_rounded_down() {
        assert_eq!(rounded_down(0.5), 0.5);
        assert!(f64::from(rounded_down(0.1)) <= 0.1 && f64::from(rounded_down(-0.1)) <= -0.1);
        assert_eq!(rounded_down(f64::NEG_INFINITY), f32::NEG_INFINITY);
        assert_eq!(rounded_down(1e300), f32::MAX);
    }
}
