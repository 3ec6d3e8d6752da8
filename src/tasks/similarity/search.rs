//! The nearest of a corpus to each of some queries: exact, in blocks, in parallel.

use std::ops::Range;
use std::sync::Arc;

use super::best::{self, Best, Hit};
use super::direct;
use super::metric::{rounded_down, scan, Metric};
use super::vectors::{blocks, row, Estimates, Vectors};
pub use super::Search;
use super::{Found, Read};
use crate::control::{Call, Stage};
use crate::engine;
use crate::error::{Error, Result};
use crate::torch::{self, Device};

/// Rows of queries and of the corpus whose products are in memory at once: 4 MB, enough for the product to run at full speed.
const QUERIES: usize = 256;
const ROWS: usize = 4096;
/// The most values of the corpus that are copied at once.
const VALUES: usize = 1 << 21;

/// The k rows of the corpus that are nearest to each query. The corpus is read a block at a time, on the calling thread.
pub fn top_k(queries: Vec<f32>, corpus: Read<f32>, search: &Search, call: &Call) -> Result<Found> {
    check_k(search.k, search.rows, &search.left_out, "vectors")?;
    call.check()?;
    if queries.is_empty() || search.k == 0 {
        return Ok(Found::default());
    }
    let queries = Vectors::new(queries, search.dim, search.names[0], 0, call)?;
    let n = queries.len();
    call.stage(Stage::Computing, search.rows as u64);
    let kept = match direct::suits(&queries, search) {
        true => direct::top_k(&queries, corpus, search, call)?,
        false => by_products(queries, corpus, search, call)?,
    };
    let hits = kept.into_iter().map(Best::into_sorted);
    gather(hits, n, search.k, |rank| search.metric.score(rank))
}

/// A block of the corpus after another, its product with the queries first.
fn by_products(queries: Vectors, corpus: Read<f32>, search: &Search, call: &Call) -> Result<Vec<Best>> {
    let queries = Arc::new(queries);
    let mut kept: Vec<Vec<Best>> = blocks(queries.len(), QUERIES)
        .map(|rows| best::for_each(rows.len(), search.k))
        .collect::<Result<_>>()?;
    let mut products = Vec::new();
    for rows in blocks(search.rows, rows_at_once(search.dim)) {
        call.check()?;
        let block = Arc::new(Block::new(corpus(rows.start, rows.len())?, &rows, search, call)?);
        for (here, kept) in blocks(queries.len(), QUERIES).zip(&mut kept) {
            products = multiply(&queries, &here, &block.vectors, &(0..rows.len()), products, call)?;
            let shared = Arc::new(products);
            let hits = std::mem::take(kept);
            *kept = select(&queries, here, &block, &shared, hits, call)?;
            // The pool may not have let go of it yet.
            products = Arc::try_unwrap(shared).unwrap_or_default();
        }
        call.advance(rows.len() as u64);
    }
    Ok(kept.into_iter().flatten().collect())
}

pub fn rows_at_once(dim: usize) -> usize {
    (VALUES / dim.max(1)).clamp(16, ROWS)
}

/// `what` there is to choose from.
pub fn check_k(k: usize, rows: usize, left_out: &[bool], what: &str) -> Result<()> {
    let out = left_out.iter().filter(|out| **out).count();
    if k > rows - out.min(rows) {
        let but = match out {
            0 => String::new(),
            out => format!(", {out} of them left out"),
        };
        return Err(Error::InvalidArgument(format!(
            "k is {k}, but there are {rows} {what} to choose from{but}; ask for no more than there are"
        )));
    }
    Ok(())
}

/// Rows of the corpus that are searched together.
struct Block {
    metric: Metric,
    first: u64,
    vectors: Vectors,
    estimates: Estimates,
    left_out: Vec<bool>,
}

impl Block {
    fn new(values: Vec<f32>, rows: &Range<usize>, search: &Search, call: &Call) -> Result<Self> {
        let vectors = Vectors::new(values, search.dim, search.names[1], rows.start, call)?;
        let mut estimates = Estimates::new(search.metric, &vectors.lengths);
        let left_out = search.left_out.get(rows.clone()).unwrap_or_default().to_vec();
        for (scale, _) in estimates.scale.iter_mut().zip(&left_out).filter(|(_, out)| **out) {
            // No estimate: it must not raise the floor.
            *scale = f32::NAN;
        }
        Ok(Self {
            metric: search.metric,
            first: rows.start as u64,
            vectors,
            estimates,
            left_out,
        })
    }

    /// Offers the rows that can be among the best, of one query.
    fn offer(&self, query: &[f32], length: f64, products: &[f32], best: &mut Best) {
        let (metric, estimates) = (self.metric, &self.estimates);
        let off = metric.uncertainty(self.vectors.dim, length, estimates.longest);
        let bound = |rank: f64| rounded_down(metric.estimate_of(rank, length) - off);
        let tame = metric.estimate_of(0., length).is_finite();
        let mut floor = best.worst().map_or(f32::NEG_INFINITY, bound);
        // The best estimates seen here: what is worse than the k-th by more than both can be off is out.
        let mut near = Best::unreserved(best.k());
        let mut candidates = Vec::new();
        scan(products, &estimates.scale, &estimates.shift, floor, |row, estimate| {
            candidates.push((row, estimate));
            if tame && !estimate.is_nan() {
                near.offer(Hit {
                    rank: f64::from(estimate),
                    index: 0,
                });
                if let Some(worst) = near.worst() {
                    floor = floor.max(rounded_down(worst - 2. * off));
                }
            }
            floor
        });
        for (row, estimate) in candidates {
            if estimate < floor || self.left_out.get(row) == Some(&true) {
                continue;
            }
            let rank = metric.rank(query, length, self.vectors.row(row), self.vectors.length(row));
            best.offer(Hit {
                rank,
                index: self.first + row as u64,
            });
            floor = best.worst().map_or(floor, |worst| floor.max(bound(worst)));
        }
    }
}

/// Some rows of `a` times some of `b`, on the compute thread. `room` is memory to use again.
pub fn multiply(
    a: &Arc<Vectors>,
    a_rows: &Range<usize>,
    b: &Vectors,
    b_rows: &Range<usize>,
    mut room: Vec<f32>,
    call: &Call,
) -> Result<Vec<f32>> {
    let (a, a_rows) = (a.clone(), a_rows.clone());
    let (b, b_rows, dim) = (b.values.clone(), b_rows.clone(), b.dim);
    engine::compute(Device::Cpu, call, move |_| {
        room.resize(a_rows.len() * b_rows.len(), 0.);
        let b = b.get(b_rows.start * dim..b_rows.end * dim).unwrap_or_default();
        torch::products(a.rows(&a_rows), b, dim, &mut room)?;
        Ok(room)
    })
}

/// Offers a block to the queries in `here`, in parallel.
fn select(
    queries: &Arc<Vectors>,
    here: Range<usize>,
    block: &Arc<Block>,
    products: &Arc<Vec<f32>>,
    kept: Vec<Best>,
    call: &Call,
) -> Result<Vec<Best>> {
    let (queries, block, products) = (queries.clone(), block.clone(), products.clone());
    let (first, wide) = (here.start, block.vectors.len());
    let items: Vec<(usize, Best)> = here.zip(kept).collect();
    engine::map(call, items, move |(i, mut best), _| {
        let products = row(&products, wide, i - first);
        block.offer(queries.row(i), queries.length(i), products, &mut best);
        Ok(best)
    })
}

/// The hits of each query as two arrays.
pub fn gather(hits: impl Iterator<Item = Vec<Hit>>, n: usize, k: usize, score: impl Fn(f64) -> f32) -> Result<Found> {
    let mut found = Found::default();
    let room = n
        .checked_mul(k)
        .filter(|room| found.index.try_reserve_exact(*room).is_ok() && found.score.try_reserve_exact(*room).is_ok());
    room.ok_or_else(|| {
        Error::OutOfMemory(format!(
            "there is no memory for {n} × {k} results; pass fewer queries at once"
        ))
    })?;
    for hit in hits.flatten() {
        found.index.push(hit.index);
        found.score.push(score(hit.rank));
    }
    Ok(found)
}
