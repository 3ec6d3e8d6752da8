//! The pairs of one set that are nearest to each other.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

use super::check_threshold;
use super::direct;
use super::metric::{rounded_down, scan, Metric};
use super::search::multiply;
use super::vectors::{blocks, row, Estimates, Vectors};
use crate::control::{Call, Stage};
use crate::engine;
use crate::error::{Error, Result};

/// Rows whose products are in memory at once: 2 MB.
const ROWS: usize = 256;
const COLUMNS: usize = 2048;

/// Two vectors, by their places; `first` < `second`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub score: f32,
    pub first: u64,
    pub second: u64,
}

impl Eq for Pair {}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The best is the least: a higher score, then the lower places.
impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.score + 0.)
            .total_cmp(&(self.score + 0.))
            .then((self.first, self.second).cmp(&(other.first, other.second)))
    }
}

/// The pairs whose cosine is at least `threshold`, the best first; no more than `most`, the best.
pub fn duplicates(vectors: Vec<f32>, dim: usize, threshold: f32, most: usize, call: &Call) -> Result<Vec<Pair>> {
    check_threshold(threshold)?;
    call.check()?;
    let vectors = Vectors::new(vectors, dim, "vectors", 0, call)?;
    let n = vectors.len();
    call.stage(Stage::Computing, n as u64);
    let kept = match direct::is_little(n.saturating_mul(n) / 2, dim) {
        true => at_once(&vectors, threshold, most, call)?,
        false => by_products(vectors, threshold, most, call)?,
    };
    Ok(kept.pairs.into_sorted_vec())
}

fn at_once(vectors: &Vectors, threshold: f32, most: usize, call: &Call) -> Result<Kept> {
    let mut kept = Kept::new(most);
    for i in 0..vectors.len() {
        call.check()?;
        let later = i + 1..vectors.len();
        kept.add(later.filter_map(|j| pair(vectors, i, j, threshold)))?;
        call.advance(1);
    }
    Ok(kept)
}

/// A block of products after another, half of them all.
fn by_products(vectors: Vectors, threshold: f32, most: usize, call: &Call) -> Result<Kept> {
    let vectors = Arc::new(vectors);
    let estimates = Arc::new(Estimates::new(Metric::Cosine, &vectors.lengths));
    let mut kept = Kept::new(most);
    let mut products = Vec::new();
    for rows in blocks(vectors.len(), ROWS) {
        for columns in blocks(vectors.len(), COLUMNS).filter(|columns| columns.end > rows.start + 1) {
            call.check()?;
            products = multiply(&vectors, &rows, &vectors, &columns, products, call)?;
            let shared = Arc::new(products);
            let floor = kept.worst().map_or(threshold, |worst| worst.max(threshold));
            let (items, first, here) = (rows.clone().collect(), rows.start, shared.clone());
            let (vectors, estimates) = (vectors.clone(), estimates.clone());
            let found = engine::map(call, items, move |i: usize, _| {
                let products = row(&here, columns.len(), i - first);
                Ok(above(&vectors, &estimates, i, &columns, products, floor))
            })?;
            kept.add(found.into_iter().flatten())?;
            products = Arc::try_unwrap(shared).unwrap_or_default();
        }
        call.advance(rows.len() as u64);
    }
    Ok(kept)
}

/// Rows `i` and `j` > `i`, if their score is at least `floor`.
fn pair(vectors: &Vectors, i: usize, j: usize, floor: f32) -> Option<Pair> {
    let metric = Metric::Cosine;
    let rank = metric.rank(vectors.row(i), vectors.length(i), vectors.row(j), vectors.length(j));
    let score = metric.score(rank);
    (score >= floor).then_some(Pair {
        score,
        first: i as u64,
        second: j as u64,
    })
}

/// The pairs of row `i` with later ones among `columns` whose score is at least `floor`.
fn above(
    vectors: &Vectors,
    estimates: &Estimates,
    i: usize,
    columns: &Range<usize>,
    products: &[f32],
    floor: f32,
) -> Vec<Pair> {
    let (metric, length) = (Metric::Cosine, vectors.length(i));
    let later = (i + 1).clamp(columns.start, columns.end);
    let off = metric.uncertainty(vectors.dim, length, estimates.longest);
    let bound = rounded_down(metric.estimate_of(f64::from(floor), length) - off);
    let products = products.get(later - columns.start..).unwrap_or_default();
    let [scale, shift] = [&estimates.scale, &estimates.shift].map(|of| of.get(later..columns.end).unwrap_or_default());
    let mut pairs = Vec::new();
    scan(products, scale, shift, bound, |column, _| {
        pairs.extend(pair(vectors, i, later + column, floor));
        bound
    });
    pairs
}

/// The best pairs so far, the worst of them at the top.
struct Kept {
    most: usize,
    pairs: BinaryHeap<Pair>,
}

impl Kept {
    fn new(most: usize) -> Self {
        let pairs = BinaryHeap::new();
        Self { most, pairs }
    }

    /// The score that another has to reach, once there are as many as are kept.
    fn worst(&self) -> Option<f32> {
        let full = self.pairs.len() >= self.most;
        self.pairs.peek().filter(|_| full).map(|pair| pair.score)
    }

    fn add(&mut self, found: impl Iterator<Item = Pair>) -> Result<()> {
        for pair in found {
            if self.pairs.len() < self.most {
                self.pairs.try_reserve(1).map_err(|_| {
                    Error::OutOfMemory(format!(
                        "there is no memory for more than {} pairs; raise threshold or lower max_pairs",
                        self.pairs.len()
                    ))
                })?;
                self.pairs.push(pair);
            } else if let Some(mut worst) = self.pairs.peek_mut() {
                if pair < *worst {
                    *worst = pair;
                }
            }
        }
        Ok(())
    }
}
