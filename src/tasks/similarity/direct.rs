//! Little work, done at once: every pair is compared exactly in one pass over the corpus, on the calling thread, without a
//! product before it and without waking another thread.

use super::best::{self, Best, Hit};
use super::vectors::{blocks, Vectors};
use super::{Read, Search};
use crate::control::Call;
use crate::error::Result;

/// Products of two values up to which other threads are not worth waking: a fraction of a millisecond.
const LITTLE: usize = 1 << 20;
/// A corpus of so many values is searched for so many queries as fast by one thread as by several, of which one has to copy it
/// all the same: a millisecond or two.
const SMALL: usize = 1 << 22;
const FEW: usize = 2;
/// Values of the corpus that are copied at once: few enough to be in the cache when they are compared, and for memory that the
/// allocator has at hand.
const VALUES: usize = 1 << 14;

/// Whether `pairs` of vectors are little work.
pub fn is_little(pairs: usize, dim: usize) -> bool {
    pairs.saturating_mul(dim) <= LITTLE
}

/// Whether to search this way.
pub fn suits(queries: &Vectors, search: &Search) -> bool {
    let is_small = search.rows.saturating_mul(search.dim) <= SMALL;
    is_small && queries.len() <= FEW || is_little(queries.len().saturating_mul(search.rows), search.dim)
}

/// The best of the corpus for each query.
pub fn top_k(queries: &Vectors, corpus: Read<f32>, search: &Search, call: &Call) -> Result<Vec<Best>> {
    let mut kept = best::for_each(queries.len(), search.k)?;
    for rows in blocks(search.rows, VALUES / search.dim.max(1)) {
        call.check()?;
        let values = corpus(rows.start, rows.len())?;
        let block = Vectors::new(values, search.dim, search.names[1], rows.start, call)?;
        for (q, best) in kept.iter_mut().enumerate() {
            let (query, length) = (queries.row(q), queries.length(q));
            for (i, row) in rows.clone().enumerate() {
                if search.left_out.get(row) != Some(&true) {
                    let rank = search.metric.rank(query, length, block.row(i), block.length(i));
                    let index = row as u64;
                    best.offer(Hit { rank, index });
                }
            }
        }
        call.advance(rows.len() as u64);
    }
    Ok(kept)
}
