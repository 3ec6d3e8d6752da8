//! Rows of values with their lengths, and blocks of them that are searched.

use std::ops::Range;
use std::sync::Arc;

use super::metric::{dot, Metric};
use crate::control::Call;
use crate::engine;
use crate::error::{Error, Result};

/// How many rows one piece of work for the pool looks at.
const ROWS_A_PIECE: usize = 512;
/// Values that are measured on the calling thread: waking the pool takes longer.
const AT_ONCE: usize = 1 << 17;

/// Vectors without NaN and infinities.
pub struct Vectors {
    pub values: Arc<Vec<f32>>,
    pub dim: usize,
    pub lengths: Vec<f64>,
}

impl Vectors {
    /// Measures and checks them. `what` and `first` name a row in errors: queries[3].
    pub fn new(values: Vec<f32>, dim: usize, what: &'static str, first: usize, call: &Call) -> Result<Self> {
        let values = Arc::new(values);
        let measured = values.clone();
        let rows = values.len() / dim.max(1);
        let measure = move |rows: Range<usize>| {
            let length = |i| checked_length(row(&measured, dim, i), what, first + i);
            rows.map(length).collect::<Result<Vec<_>>>()
        };
        let lengths = match values.len() <= AT_ONCE {
            true => measure(0..rows)?,
            false => {
                let pieces = blocks(rows, ROWS_A_PIECE).collect();
                engine::map(call, pieces, move |rows, _| measure(rows))?.concat()
            }
        };
        Ok(Self { values, dim, lengths })
    }

    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    pub fn row(&self, i: usize) -> &[f32] {
        row(&self.values, self.dim, i)
    }

    pub fn rows(&self, rows: &Range<usize>) -> &[f32] {
        let values = rows.start * self.dim..rows.end * self.dim;
        self.values.get(values).unwrap_or_default()
    }

    pub fn length(&self, i: usize) -> f64 {
        self.lengths.get(i).copied().unwrap_or(0.)
    }
}

pub fn row<T>(values: &[T], width: usize, i: usize) -> &[T] {
    values.get(i * width..(i + 1) * width).unwrap_or_default()
}

/// 0 to n in ranges of `size`, the last one shorter.
pub fn blocks(n: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let size = size.max(1);
    (0..n.div_ceil(size)).map(move |i| i * size..((i + 1) * size).min(n))
}

/// An error if a value is not finite, which names the row as `what`[i].
pub fn checked_length(row: &[f32], what: &str, i: usize) -> Result<f64> {
    // Squares of f32 do not overflow f64.
    let length = dot(row, row).sqrt();
    match length.is_finite() {
        true => Ok(length),
        false => Err(not_finite(row, what, i)),
    }
}

fn not_finite(row: &[f32], what: &str, i: usize) -> Error {
    let at = row.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let value = row.get(at).copied().unwrap_or(f32::NAN);
    Error::InvalidArgument(format!(
        "{what}[{i}]: value {at} is {value}, and nothing can be compared with that; leave the vector out or make it anew"
    ))
}

/// How estimates are made of products with each row.
pub struct Estimates {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    /// Of those with an estimate.
    pub longest: f64,
}

impl Estimates {
    pub fn new(metric: Metric, lengths: &[f64]) -> Self {
        let (scale, shift) = lengths.iter().map(|length| metric.estimate(*length)).unzip();
        let estimated = lengths.iter().filter(|length| !metric.estimate(**length).0.is_nan());
        Self {
            scale,
            shift,
            longest: estimated.copied().fold(0., f64::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_all_rows_once() {
        assert_eq!(blocks(10, 4).collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!(blocks(0, 4).count(), 0);
        assert_eq!(blocks(8, 4).count(), 2);
    }

    #[test]
    fn a_value_that_is_not_finite_is_named() {
        let new = |values: Vec<f32>| Vectors::new(values, 2, "queries", 5, &Call::unwatched());
        assert_eq!(new(vec![3., 4., 0., 0.]).map(|v| v.lengths).ok(), Some(vec![5., 0.]));
        assert_eq!(new(vec![f32::MAX, f32::MAX]).map(|v| v.len()).ok(), Some(1));
        let Err(Error::InvalidArgument(sentence)) = new(vec![1., 2., 3., f32::NAN]) else {
            panic!("NaN was taken")
        };
        assert!(sentence.starts_with("queries[6]: value 1 is NaN"), "{sentence}");
        assert!(new(vec![f32::INFINITY, 0.]).is_err());
    }
}
