//! Late interaction: texts compared by the vectors of their tokens.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::similarity::{check_found, read_metric, write_found};
use super::str::copy;
use super::vectors::{check_dim, Rows};
use crate::error::{Error, Result};
use crate::tasks::similarity::max_sim::{self, MaxSim};
use crate::tasks::similarity::Metric;

/// Late interaction (ColBERT's MaxSim): finds the documents that answer each query best, where queries and documents have a
/// vector for each token. For each of the query's vectors the nearest of the document's is taken, and their scores are summed: that
/// is the document's score. Exact, by comparing with all of them, at the speed of the machine's matrix product. Scores are summed in
/// f64 and rounded to f32, and depend on the vectors alone; of equal scores the lower index comes first. The queries are copied, the
/// documents a block of some MB at a time.
///
/// queries: the queries' vectors, one after the other: rows of dim floats, as glyxel_tokens_vectors gives them; NULL if there are none.
/// query_counts, nq: how many of them each query has; NULL if nq is 0. A query that has none scores 0 with every document.
/// documents: the documents' vectors, likewise.
/// document_counts, nd: how many each document has, at least 1; NULL if nd is 0.
/// dim: floats in a vector.
/// metric: GLYXEL_COSINE or GLYXEL_DOT; of vectors of length 1 these are the same.
/// k: how many documents are found for each query, at most nd.
/// c: watches, cancels or times the call (its progress is counted in documents); may be NULL.
/// out_index: gets nq rows of k places of documents, counted from 0, the best first. NULL if there are none.
/// out_score: gets their scores, infinite beyond f32. NULL if there are none.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a document without vectors (the message says which), for another metric, for a k larger
/// than nd, for a dim of 0, and for a vector with a NaN or an infinity (the message says which of all); GLYXEL_OUT_OF_MEMORY;
/// GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_max_sim(
    queries: *const f32,
    query_counts: *const usize,
    nq: usize,
    documents: *const f32,
    document_counts: *const usize,
    nd: usize,
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
        let metric = match read_metric(metric)? {
            Metric::Euclidean => {
                return Err(Error::InvalidArgument(
                    "metric is GLYXEL_EUCLIDEAN, but late interaction sums the best products; give GLYXEL_COSINE or GLYXEL_DOT".into(),
                ))
            }
            metric => metric,
        };
        let search = MaxSim {
            metric,
            k,
            dim,
            queries: copy(query_counts, nq, &"query_counts")?,
            documents: copy(document_counts, nd, &"document_counts")?,
        };
        let queries = Rows::new(queries, total(&search.queries, "query_counts")?, dim, "queries")?;
        let documents = Rows::new(
            documents,
            total(&search.documents, "document_counts")?,
            dim,
            "documents",
        )?;
        let room = check_found(out_index, out_score, nq, k)?;
        let read = &mut |first, n| documents.read(first, n);
        let found = max_sim::max_sim(queries.all()?, read, &search, &call)?;
        write_found(&found, room, out_index, out_score)
    })
}

fn total(counts: &[usize], what: &str) -> Result<usize> {
    let total = counts.iter().try_fold(0usize, |total, count| total.checked_add(*count));
    total.ok_or_else(|| {
        Error::InvalidArgument(format!(
            "{what}: together they are more than memory can hold; check them"
        ))
    })
}
