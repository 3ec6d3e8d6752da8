//! Late interaction (ColBERT's MaxSim, <https://arxiv.org/abs/2004.12832>): texts that have a vector for each token. For each of a
//! query's vectors the nearest of a document's counts, and their sum is the score.

use std::ops::Range;
use std::sync::Arc;

use super::best::{self, Best, Hit};
use super::metric::{rounded_down, Metric};
use super::search::{check_k, gather, multiply};
use super::vectors::{row, Estimates, Vectors};
use super::{Found, Read};
use crate::control::{Call, Stage};
use crate::engine;
use crate::error::{Error, Result};

/// How many of the queries' vectors are multiplied at once, and about how many products there are then.
const QUERY_ROWS: usize = 256;
const PRODUCTS: usize = 1 << 20;
/// The most vectors of documents in a block, and the most values that are copied at once.
const ROWS: usize = 4096;
const VALUES: usize = 1 << 21;

/// How many vectors each query and each document has, and how wide these are.
pub struct MaxSim {
    pub metric: Metric,
    pub k: usize,
    pub dim: usize,
    pub queries: Vec<usize>,
    pub documents: Vec<usize>,
}

/// The k best documents of each query. The documents' vectors are read a block at a time, on the calling thread.
pub fn max_sim(queries: Vec<f32>, documents: Read<f32>, search: &MaxSim, call: &Call) -> Result<Found> {
    check_k(search.k, search.documents.len(), &[], "documents")?;
    if let Some(empty) = search.documents.iter().position(|count| *count == 0) {
        return Err(Error::InvalidArgument(format!(
            "document_counts[{empty}] is 0, and a document without vectors has no score; leave it out"
        )));
    }
    call.check()?;
    if search.queries.is_empty() || search.k == 0 {
        return Ok(Found::default());
    }
    let vectors = Arc::new(Vectors::new(queries, search.dim, "queries", 0, call)?);
    let mut groups = groups(&search.queries, search.k)?;
    call.stage(Stage::Computing, search.documents.len() as u64);
    let mut products = Vec::new();
    for block in blocks(&search.documents, rows_at_once(search)) {
        call.check()?;
        let first = block.rows.start;
        let values = documents(first, block.rows.len())?;
        let read = Vectors::new(values, search.dim, "documents", first, call)?;
        let ended = block.pieces.iter().filter(|piece| piece.ends).count();
        let block = Arc::new(Block {
            metric: search.metric,
            estimates: Estimates::new(search.metric, &read.lengths),
            vectors: read,
            pieces: block.pieces,
        });
        for group in &mut groups {
            let rows = 0..block.vectors.len();
            products = multiply(&vectors, &group.rows, &block.vectors, &rows, products, call)?;
            let shared = Arc::new(products);
            let queries = std::mem::take(&mut group.queries);
            group.queries = score(&vectors, group.rows.start, queries, &block, &shared, call)?;
            // The pool may not have let go of it yet.
            products = Arc::try_unwrap(shared).unwrap_or_default();
        }
        call.advance(ended as u64);
    }
    let hits = groups.into_iter().flat_map(|group| group.queries);
    let hits = hits.map(|query| query.best.into_sorted());
    gather(hits, search.queries.len(), search.k, |rank| search.metric.score(rank))
}

fn rows_at_once(search: &MaxSim) -> usize {
    let widest = search.queries.iter().copied().max().unwrap_or(0);
    let rows = (VALUES / search.dim.max(1)).min(PRODUCTS / widest.max(1));
    rows.clamp(1, ROWS)
}

/// A query, and what was found for it so far.
struct Query {
    /// Its vectors.
    rows: Range<usize>,
    best: Best,
    /// For each of its vectors the best of the document that a block ended in the middle of.
    open: Vec<f64>,
}

/// Queries whose vectors are multiplied together.
struct Group {
    rows: Range<usize>,
    queries: Vec<Query>,
}

fn groups(counts: &[usize], k: usize) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut first = 0;
    for (best, count) in best::for_each(counts.len(), k)?.into_iter().zip(counts) {
        let rows = first..first + count;
        first = rows.end;
        let query = Query {
            rows: rows.clone(),
            best,
            open: Vec::new(),
        };
        match groups.last_mut() {
            Some(group) if rows.end - group.rows.start <= QUERY_ROWS => {
                group.rows.end = rows.end;
                group.queries.push(query);
            }
            _ => groups.push(Group {
                rows,
                queries: vec![query],
            }),
        }
    }
    Ok(groups)
}

/// What of a document stands in a block.
struct Piece {
    document: u64,
    /// Within the block.
    rows: Range<usize>,
    begins: bool,
    ends: bool,
}

/// Vectors of documents that are read together, and whose they are.
struct Cut {
    rows: Range<usize>,
    pieces: Vec<Piece>,
}

/// All vectors in blocks of `size`, whatever the documents' lengths.
fn blocks(counts: &[usize], size: usize) -> impl Iterator<Item = Cut> + '_ {
    let (mut document, mut done, mut first) = (0, 0, 0);
    std::iter::from_fn(move || {
        let mut pieces = Vec::new();
        let mut filled = 0;
        while let Some(count) = counts.get(document).filter(|_| filled < size) {
            let rows = (count - done).min(size - filled);
            pieces.push(Piece {
                document: document as u64,
                rows: filled..filled + rows,
                begins: done == 0,
                ends: done + rows == *count,
            });
            filled += rows;
            done += rows;
            if done == *count {
                (document, done) = (document + 1, 0);
            }
        }
        let rows = first..first + filled;
        first = rows.end;
        (filled > 0).then_some(Cut { rows, pieces })
    })
}

struct Block {
    metric: Metric,
    vectors: Vectors,
    estimates: Estimates,
    pieces: Vec<Piece>,
}

/// Compares a block with some queries, in parallel; `first` is the vector of theirs that the first row of products is of.
fn score(
    vectors: &Arc<Vectors>,
    first: usize,
    queries: Vec<Query>,
    block: &Arc<Block>,
    products: &Arc<Vec<f32>>,
    call: &Call,
) -> Result<Vec<Query>> {
    let (vectors, block, products) = (vectors.clone(), block.clone(), products.clone());
    engine::map(call, queries, move |mut query, _| {
        let wide = block.vectors.len();
        let compared: Vec<Compared> = query
            .rows
            .clone()
            .map(|i| {
                let products = row(&products, wide, i - first);
                Compared::new(&block, vectors.row(i), vectors.length(i), products)
            })
            .collect();
        for piece in &block.pieces {
            offer(&mut query, &compared, piece);
        }
        Ok(query)
    })
}

/// Takes a document in, or what a block has of it.
fn offer(query: &mut Query, compared: &[Compared], piece: &Piece) {
    let whole = piece.begins && piece.ends;
    if let Some(worst) = query.best.worst().filter(|_| whole) {
        let most: f64 = compared.iter().map(|vector| vector.at_most(&piece.rows)).sum();
        // Rounded as scores are. Not if it is NaN.
        if f64::from(most as f32) < worst {
            return;
        }
    }
    let exact = compared.iter().map(|vector| vector.exact(&piece.rows));
    if piece.begins {
        query.open = exact.collect();
    } else {
        query
            .open
            .iter_mut()
            .zip(exact)
            .for_each(|(open, exact)| *open = open.max(exact));
    }
    if piece.ends {
        // Of nothing it is 0, where sum() would give -0.
        let sum = query.open.iter().fold(0., |sum, score| sum + score);
        query.best.offer(Hit {
            rank: f64::from(sum as f32),
            index: piece.document,
        });
    }
}

/// One vector of a query beside a block.
struct Compared<'a> {
    block: &'a Block,
    vector: &'a [f32],
    length: f64,
    products: &'a [f32],
    /// How far an estimate can be off; infinite if nothing can be told by them.
    off: f64,
}

impl<'a> Compared<'a> {
    fn new(block: &'a Block, vector: &'a [f32], length: f64, products: &'a [f32]) -> Self {
        let metric = block.metric;
        let off = match metric.estimate_of(0., length).is_finite() {
            true => metric.uncertainty(block.vectors.dim, length, block.estimates.longest),
            false => f64::INFINITY,
        };
        Compared {
            block,
            vector,
            length,
            products,
            off,
        }
    }

    fn estimates(&self, rows: &Range<usize>) -> impl Iterator<Item = f32> + '_ {
        let products = self.products.get(rows.clone()).unwrap_or_default();
        let scale = self.block.estimates.scale.get(rows.clone()).unwrap_or_default();
        products.iter().zip(scale).map(|(product, scale)| product * scale)
    }

    /// The best estimate; NaN if one is.
    fn highest(&self, rows: &Range<usize>) -> f32 {
        self.estimates(rows).fold(f32::NEG_INFINITY, |best, estimate| {
            if estimate > best || estimate.is_nan() {
                estimate
            } else {
                best
            }
        })
    }

    /// No vector in these rows scores more; NaN if nothing can be told.
    fn at_most(&self, rows: &Range<usize>) -> f64 {
        let bound = f64::from(self.highest(rows)) + self.off;
        match self.block.metric {
            Metric::Cosine if self.length == 0. => 0.,
            Metric::Cosine => bound / self.length,
            _ => bound,
        }
    }

    /// The best score in these rows, by those whose estimates can be the best.
    fn exact(&self, rows: &Range<usize>) -> f64 {
        let floor = rounded_down(f64::from(self.highest(rows)) - 2. * self.off);
        let vectors = &self.block.vectors;
        let scores = rows.clone().zip(self.estimates(rows)).filter_map(|(i, estimate)| {
            // Whatever is not known to be less may be the best.
            let less = estimate < floor;
            (!less).then(|| {
                let metric = self.block.metric;
                metric.exact(self.vector, self.length, vectors.row(i), vectors.length(i))
            })
        });
        scores.fold(f64::NEG_INFINITY, f64::max)
    }
}
