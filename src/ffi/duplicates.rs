//! Duplicates: the pairs of one set that are nearest to each other.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::handle::{Kind, Table};
use super::vectors::{check_dim, Rows};
use crate::error::Error;
use crate::tasks::similarity::duplicates::{self, Pair};

/// Pairs of vectors that are near each other. A handle: a key, never to be followed.
pub struct glyxel_pairs(());

static PAIRS: Table<Vec<Pair>> = Table::new(Kind::Pairs);

/// What sentence-transformers keeps if it is told nothing.
const MAX_PAIRS: usize = 500_000;

/// Finds duplicates: all pairs of vectors whose cosine is at least a threshold. Exact: every vector is compared with every
/// other, half of n × n comparisons. It finds what sentence_transformers.util.paraphrase_mining_embeddings finds as long
/// as that one's top_k is not reached; scores are summed in f64 and rounded to f32. The vectors are copied.
///
/// vectors, n: n rows of dim floats, one after the other; they need not have length 1. NULL if n is 0.
/// dim: floats in a vector.
/// threshold: the least cosine of a pair, from -1 to 1. What tells duplicates from neighbours differs from model to model:
///   look at some pairs first.
/// max_pairs: no more pairs than this are kept, the best; 0: 500,000.
/// c: watches, cancels or times the call (its progress is counted in vectors); may be NULL.
/// out: gets the pairs; free them with glyxel_pairs_free.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a threshold that is no cosine, for a dim of 0, and for a vector with a NaN or
/// an infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_duplicates(
    vectors: *const f32,
    n: usize,
    dim: usize,
    threshold: f32,
    max_pairs: usize,
    c: *mut glyxel_control,
    out: *mut *mut glyxel_pairs,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        let call = control::call(c)?;
        check_dim(dim)?;
        let vectors = Rows::new(vectors, n, dim, "vectors")?;
        let most = if max_pairs == 0 { MAX_PAIRS } else { max_pairs };
        let pairs = duplicates::duplicates(vectors.all()?, dim, threshold, most, &call)?;
        out.write_unaligned(PAIRS.insert(pairs));
        Ok(())
    })
}

/// Says how many pairs there are.
///
/// p: the pairs.
/// Returns the number; 0 if p is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_pairs_count(p: *const glyxel_pairs) -> usize {
    guard::value(0, || Ok(PAIRS.get(p)?.len()))
}

/// Reads one pair.
///
/// p: the pairs.
/// rank: 0 for the pair of the highest score, then the next; of equal ones that with the lower first, then the lower second.
/// first, second: get the places of the two vectors, counted from 0, first < second; may be NULL.
/// score: gets their cosine; may be NULL.
/// Errors: GLYXEL_INVALID_ARGUMENT if there is no such rank, or p is NULL; GLYXEL_INVALID_HANDLE if p was freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_pairs_get(
    p: *const glyxel_pairs,
    rank: usize,
    first: *mut u64,
    second: *mut u64,
    score: *mut f32,
) -> glyxel_status {
    guard::status(std::ptr::null_mut(), || {
        let pairs = PAIRS.get(p)?;
        let pair = pairs
            .get(rank)
            .ok_or_else(|| Error::InvalidArgument(format!("there is no pair {rank}; ask glyxel_pairs_count")))?;
        write(first, pair.first);
        write(second, pair.second);
        write(score, pair.score);
        Ok(())
    })
}

unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: the caller's word; nothing need be aligned.
        out.write_unaligned(value);
    }
}

/// Frees pairs.
///
/// p: the pairs, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_pairs_free(p: *mut glyxel_pairs) {
    guard::value((), || {
        PAIRS.remove(p);
        Ok(())
    })
}
