//! Vectors of 8 bits or 1 bit a value.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::output::{check_room, write};
use super::similarity::{check_found, write_found};
use super::vectors::{check_dim, Rows};
use crate::error::{Error, Result};
use crate::tasks::similarity::quantize::{self, Codes, Ranges};
use crate::tasks::similarity::quantized::{self, Quantized};

/// A byte for each float, int8_t: its place in its dimension's range, from -128 to 127.
pub const GLYXEL_INT8: i32 = 0;
/// A byte for each float, uint8_t: the same, from 0 to 255.
pub const GLYXEL_UINT8: i32 = 1;
/// A bit for each float, whether it is above 0: a vector is (dim + 7) / 8 bytes, int8_t, the first float in the highest
/// bit; each byte less 128.
pub const GLYXEL_BINARY: i32 = 2;
/// The same without the 128, uint8_t: what faiss and usearch take for bits.
pub const GLYXEL_UBINARY: i32 = 3;

fn read_codes(number: i32) -> Result<Codes> {
    match number {
        GLYXEL_INT8 => Ok(Codes::Int8),
        GLYXEL_UINT8 => Ok(Codes::Uint8),
        GLYXEL_BINARY => Ok(Codes::Binary),
        GLYXEL_UBINARY => Ok(Codes::Ubinary),
        other => Err(Error::InvalidArgument(format!(
            "codes is {other}; give GLYXEL_INT8 (0), GLYXEL_UINT8 (1), GLYXEL_BINARY (2) or GLYXEL_UBINARY (3)"
        ))),
    }
}

/// Finds the ranges that GLYXEL_INT8 and GLYXEL_UINT8 share out: the smallest and the largest value of each dimension, of
/// vectors like those that will be quantised, better some thousands of them. Corpus and queries need the same ranges, so
/// keep them.
///
/// vectors, n: n rows of dim floats, at least one.
/// dim: floats in a vector.
/// c: watches, cancels or times the call; may be NULL.
/// out, out_len: gets 2 rows of dim floats: all smallest values, then all largest; out_len is how many floats fit.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for no vectors, for a dim of 0, for an out_len that is too small, and for a vector
/// with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_quantize_ranges(
    vectors: *const f32,
    n: usize,
    dim: usize,
    c: *mut glyxel_control,
    out: *mut f32,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let call = control::call(c)?;
        check_dim(dim)?;
        check_room(out, out_len, 2, dim)?;
        let vectors = Rows::new(vectors, n, dim, "vectors")?;
        let ranges = Ranges::of(&mut |first, n| vectors.read(first, n), n, dim, &call)?;
        write(out, &[ranges.least, ranges.most].concat(), 2 * dim)
    })
}

/// Quantises vectors: a quarter or a 32nd of the memory, for some accuracy. The bytes are those of
/// sentence_transformers.util.quantize_embeddings, which faiss, usearch and vector databases take.
///
/// vectors, n: n rows of dim floats, one after the other; NULL if n is 0.
/// dim: floats in a vector.
/// codes: GLYXEL_INT8, GLYXEL_UINT8, GLYXEL_BINARY or GLYXEL_UBINARY.
/// ranges: for the first two: 2 rows of dim floats as glyxel_quantize_ranges writes them; values beyond are cut off. NULL:
///   those of the vectors themselves, which suit none that are quantised later.
/// c: watches, cancels or times the call (its progress is counted in vectors); may be NULL.
/// out, out_len: gets n rows of dim bytes (8 bits) or (dim + 7) / 8 bytes (1 bit); out_len is how many bytes fit. NULL if n
///   is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a dim of 0, for an out_len that is too small, for ranges whose end is before
/// their beginning, and for a vector with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY;
/// GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_quantize(
    vectors: *const f32,
    n: usize,
    dim: usize,
    codes: i32,
    ranges: *const f32,
    c: *mut glyxel_control,
    out: *mut u8,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let call = control::call(c)?;
        check_dim(dim)?;
        let codes = read_codes(codes)?;
        let width = codes.width(dim);
        check_room(out, out_len, n, width)?;
        let vectors = Rows::new(vectors, n, dim, "vectors")?;
        let ranges = match ranges.is_null() {
            true => None,
            false => Some(Ranges::given(&Rows::new(ranges, 2, dim, "ranges")?.all()?)?),
        };
        let read = &mut |first, n| vectors.read(first, n);
        let quantised = quantize::quantize(read, n, dim, codes, ranges, &call)?;
        write(out, &quantised, n * width)
    })
}

/// Finds the nearest among quantised vectors. 8 bits are compared by the dot product of their codes, exact in whole
/// numbers, larger is nearer; bits by how many differ (Hamming distance), smaller is nearer. Of equal ones the lower index
/// comes first. The float queries, if given, compare the best again, by the dot product with the codes (bits as 0 and 1), as
/// sentence_transformers.util.semantic_search_faiss and semantic_search_usearch do.
///
/// queries, nq: nq quantised rows, with the corpus's ranges; NULL if nq is 0.
/// corpus, nc: nc quantised rows; NULL if nc is 0.
/// dim: floats in a vector before it was quantised.
/// codes: what both are: GLYXEL_INT8, GLYXEL_UINT8, GLYXEL_BINARY or GLYXEL_UBINARY.
/// k: how many are found for each query, at most nc.
/// float_queries: the queries before they were quantised, nq rows of dim floats; NULL: the codes alone decide.
/// rescore: how many times k are compared again, with float_queries; 0: 2, as in sentence-transformers.
/// c: watches, cancels or times the call (its progress is counted in vectors of the corpus); may be NULL.
/// out_index: gets nq rows of k places in the corpus, counted from 0, the nearest first. NULL if there are none.
/// out_score: gets their scores: dot products, or distances in bits without float_queries. NULL if there are none.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a k larger than nc, for a dim of 0, and for a float query with a NaN or an
/// infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_top_k_quantized(
    queries: *const u8,
    nq: usize,
    corpus: *const u8,
    nc: usize,
    dim: usize,
    codes: i32,
    k: usize,
    float_queries: *const f32,
    rescore: u32,
    c: *mut glyxel_control,
    out_index: *mut u64,
    out_score: *mut f32,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let call = control::call(c)?;
        check_dim(dim)?;
        let codes = read_codes(codes)?;
        let width = codes.width(dim);
        let queries = Rows::new(queries, nq, width, "queries")?;
        let corpus = Rows::new(corpus, nc, width, "corpus")?;
        let floats = match float_queries.is_null() {
            true => None,
            false => Some(Rows::new(float_queries, nq, dim, "float_queries")?.all()?),
        };
        let room = check_found(out_index, out_score, nq, k)?;
        let times = if rescore == 0 { 2 } else { rescore as usize };
        let how = Quantized {
            codes,
            k,
            dim,
            rows: nc,
            rescored: k.saturating_mul(times),
        };
        let read = &mut |first, n| corpus.read(first, n);
        let found = quantized::top_k(queries.all()?, floats, read, &how, &call)?;
        write_found(&found, room, out_index, out_score)
    })
}
