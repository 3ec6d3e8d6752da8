//! The nearest vectors, and recommendations.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::output::write;
use super::vectors::{check_dim, Rows};
use crate::error::{Error, Result};
use crate::tasks::similarity::recommend::{self, Taste};
use crate::tasks::similarity::search::{self, Search};
use crate::tasks::similarity::{Found, Metric};

/// The cosine of the angle between two vectors, from -1 to 1; 0 if one of them is all zeros. Larger is nearer.
pub const GLYXEL_COSINE: i32 = 0;
/// The dot product. Larger is nearer.
pub const GLYXEL_DOT: i32 = 1;
/// The Euclidean distance. Smaller is nearer.
pub const GLYXEL_EUCLIDEAN: i32 = 2;

pub(super) fn read_metric(number: i32) -> Result<Metric> {
    match number {
        GLYXEL_COSINE => Ok(Metric::Cosine),
        GLYXEL_DOT => Ok(Metric::Dot),
        GLYXEL_EUCLIDEAN => Ok(Metric::Euclidean),
        other => Err(Error::InvalidArgument(format!(
            "metric is {other}; give GLYXEL_COSINE (0), GLYXEL_DOT (1) or GLYXEL_EUCLIDEAN (2)"
        ))),
    }
}

/// Where a search writes: n × k places and scores.
pub(super) fn check_found(index: *const u64, score: *const f32, n: usize, k: usize) -> Result<usize> {
    let room = n
        .checked_mul(k)
        .filter(|room| *room <= isize::MAX as usize / size_of::<u64>())
        .ok_or_else(|| Error::InvalidArgument(format!("{n} × {k} results are more than memory can hold; lower k")))?;
    if room > 0 {
        guard::not_null(index, "out_index")?;
        guard::not_null(score, "out_score")?;
    }
    Ok(room)
}

pub(super) unsafe fn write_found(found: &Found, room: usize, index: *mut u64, score: *mut f32) -> Result<()> {
    if found.score.len() != room {
        return Err(Error::Internal(format!(
            "{} scores were made where {room} are due",
            found.score.len()
        )));
    }
    write(index, &found.index, room)?;
    write(score, &found.score, room)
}

/// Finds the vectors of a corpus that are nearest to each query: exact, by comparing with all of them, at the speed of the
/// machine's matrix product. Scores are summed in f64 and rounded to f32, and depend on the two vectors alone: equal
/// vectors have equal scores, and a result is the same on any number of threads. Of equal scores the lower index comes
/// first. The queries are copied, the corpus a block of some MB at a time.
///
/// queries, nq: nq rows of dim floats, one after the other; NULL if nq is 0.
/// corpus, nc: what is searched, nc rows of dim floats; NULL if nc is 0.
/// dim: floats in a vector.
/// metric: GLYXEL_COSINE, GLYXEL_DOT or GLYXEL_EUCLIDEAN; vectors need not have length 1.
/// k: how many are found for each query, at most nc.
/// c: watches, cancels or times the call (its progress is counted in vectors of the corpus); may be NULL.
/// out_index: gets nq rows of k places in the corpus, counted from 0, the nearest first. NULL if there are none.
/// out_score: gets their scores: cosines, dot products (infinite beyond f32), or distances. NULL if there are none.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a k larger than nc, for a dim of 0, and for a vector with a NaN or an infinity
/// (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_top_k(
    queries: *const f32,
    nq: usize,
    corpus: *const f32,
    nc: usize,
    dim: usize,
    metric: i32,
    k: usize,
    c: *mut glyxel_control,
    out_index: *mut u64,
    out_score: *mut f32,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let call = control::call(c)?;
        check_dim(dim)?;
        let search = Search::new(read_metric(metric)?, k, dim, nc);
        let queries = Rows::new(queries, nq, dim, "queries")?;
        let corpus = Rows::new(corpus, nc, dim, "corpus")?;
        let room = check_found(out_index, out_score, nq, k)?;
        let read = &mut |first, n| corpus.read(first, n);
        let found = search::top_k(queries.all()?, read, &search, &call)?;
        write_found(&found, room, out_index, out_score)
    })
}

/// Recommends items: those nearest to the mean of the items that somebody liked. With GLYXEL_COSINE each liked item counts
/// alike, however long its vector is; with the other metrics it is the mean of the vectors as they are. Liked and seen
/// items are left out.
///
/// items, n: all items, n rows of dim floats, one after the other.
/// dim: floats in a vector.
/// liked, n_liked: places of the items that were liked, counted from 0, at least one; one named twice counts twice.
/// seen, n_seen: places of items that are not to be recommended; NULL if n_seen is 0.
/// metric: GLYXEL_COSINE, GLYXEL_DOT or GLYXEL_EUCLIDEAN.
/// k: how many to recommend, at most as many as are neither liked nor seen.
/// c: watches, cancels or times the call (its progress is counted in items); may be NULL.
/// out_index: gets the places of k items, the best first, of equal ones the lower first. NULL if k is 0.
/// out_score: gets their scores: cosines, dot products or distances. NULL if k is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a place that is none, if nothing was liked, for a k larger than what is
/// left, for a dim of 0, and for a vector with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY;
/// GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_recommend(
    items: *const f32,
    n: usize,
    dim: usize,
    liked: *const u64,
    n_liked: usize,
    seen: *const u64,
    n_seen: usize,
    metric: i32,
    k: usize,
    c: *mut glyxel_control,
    out_index: *mut u64,
    out_score: *mut f32,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let call = control::call(c)?;
        check_dim(dim)?;
        let metric = read_metric(metric)?;
        let items = Rows::new(items, n, dim, "items")?;
        let liked = Rows::new(liked, n_liked, 1, "liked")?;
        let seen = Rows::new(seen, n_seen, 1, "seen")?;
        let room = check_found(out_index, out_score, 1, k)?;
        let taste = Taste {
            items: n,
            dim,
            liked: liked.all()?,
            seen: seen.all()?,
        };
        let read = &mut |first, n| items.read(first, n);
        let found = recommend::recommend(read, &taste, metric, k, &call)?;
        write_found(&found, room, out_index, out_score)
    })
}
