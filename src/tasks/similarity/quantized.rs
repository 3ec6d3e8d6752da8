//! The nearest among quantised vectors: products of bytes and counts of bits, both exact, and the float queries' say on the best.

use std::ops::Range;
use std::sync::Arc;

use multiversion::multiversion;

use super::best::{self, Best, Hit};
use super::metric::Metric;
use super::quantize::Codes;
use super::search::{check_k, gather, multiply, rows_at_once};
use super::vectors::{blocks, row, Vectors};
use super::{Found, Read};
use crate::control::{Call, Stage};
use crate::engine;
use crate::error::{Error, Result};

const QUERIES: usize = 256;

/// What is searched for, and among how many rows.
pub struct Quantized {
    pub codes: Codes,
    pub k: usize,
    pub dim: usize,
    pub rows: usize,
    /// How many are compared again by the float queries, where these are given; at least k.
    pub rescored: usize,
}

/// The k rows nearest to each query; with `floats`, the queries before they were quantised, these have the last word. The
/// corpus is read a block at a time, and its best rows once more for that.
pub fn top_k(
    queries: Vec<u8>,
    floats: Option<Vec<f32>>,
    corpus: Read<u8>,
    how: &Quantized,
    call: &Call,
) -> Result<Found> {
    check_k(how.k, how.rows, &[], "vectors")?;
    call.check()?;
    if queries.is_empty() || how.k == 0 {
        return Ok(Found::default());
    }
    let n = queries.len() / how.codes.width(how.dim).max(1);
    let floats = floats.map(|floats| Vectors::new(floats, how.dim, "float_queries", 0, call));
    let floats = floats.transpose()?;
    let k = match floats {
        Some(_) => how.rescored.clamp(how.k, how.rows),
        None => how.k,
    };
    let mut kept: Vec<Vec<Best>> = blocks(n, QUERIES)
        .map(|rows| best::for_each(rows.len(), k))
        .collect::<Result<_>>()?;
    let queries = Prepared::new(queries, how.codes, how.dim, call)?;
    call.stage(Stage::Computing, how.rows as u64);
    for rows in blocks(how.rows, rows_at_once(how.dim)) {
        call.check()?;
        let block = Prepared::new(corpus(rows.start, rows.len())?, how.codes, how.dim, call)?;
        for (here, kept) in blocks(n, QUERIES).zip(&mut kept) {
            let hits = std::mem::take(kept);
            *kept = block.offer(rows.start as u64, &queries, here, hits, call)?;
        }
        call.advance(rows.len() as u64);
    }
    let hits = kept.into_iter().flatten().map(Best::into_sorted);
    match floats {
        Some(floats) => {
            let rescored = |(i, hits)| rescore(floats.row(i), hits, corpus, how, call);
            let hits = hits.enumerate().map(rescored).collect::<Result<Vec<_>>>()?;
            gather(hits.into_iter(), n, how.k, |rank| Metric::Dot.score(rank))
        }
        None => gather(hits, n, how.k, |rank| match how.codes {
            Codes::Int8 | Codes::Uint8 => rank as f32,
            Codes::Binary | Codes::Ubinary => rank.abs() as f32,
        }),
    }
}

/// Codes in the form in which they are compared.
enum Prepared {
    /// The dimensions in parts for which every sum of products is a whole number that f32 holds, in any order.
    Bytes(Vec<Arc<Vectors>>),
    Bits(Arc<Bits>),
}

struct Bits {
    words: Vec<u64>,
    /// Words of a row.
    width: usize,
}

/// 1024 × 128² = 256 × 256² = 2²⁴, up to which f32 holds every whole number.
fn exact_part(codes: Codes) -> usize {
    match codes {
        Codes::Uint8 => 256,
        _ => 1024,
    }
}

impl Prepared {
    fn new(codes: Vec<u8>, kind: Codes, dim: usize, call: &Call) -> Result<Self> {
        let width = kind.width(dim);
        if let Codes::Binary | Codes::Ubinary = kind {
            return Ok(Self::Bits(Arc::new(Bits::new(&codes, width)?)));
        }
        let parts: Vec<Range<usize>> = blocks(dim, exact_part(kind)).collect();
        let rows = codes.len() / width.max(1);
        let vectors = engine::map(call, parts, move |part, _| {
            let value = |code: &u8| match kind {
                Codes::Int8 => f32::from(*code as i8),
                _ => f32::from(*code),
            };
            let mut values = Vec::new();
            rows.checked_mul(part.len())
                .filter(|n| values.try_reserve_exact(*n).is_ok())
                .ok_or_else(|| no_memory(rows, width))?;
            for row in codes.chunks_exact(width.max(1)) {
                values.extend(row.get(part.clone()).unwrap_or_default().iter().map(value));
            }
            // Nobody asks for lengths, only for how many there are.
            Ok(Arc::new(Vectors {
                values: Arc::new(values),
                dim: part.len(),
                lengths: vec![0.; rows],
            }))
        });
        Ok(Self::Bytes(vectors?))
    }

    /// Offers these rows to some of the queries.
    fn offer(&self, first: u64, queries: &Self, here: Range<usize>, kept: Vec<Best>, call: &Call) -> Result<Vec<Best>> {
        let items: Vec<(usize, Best)> = here.clone().zip(kept).collect();
        match (self, queries) {
            (Self::Bytes(rows), Self::Bytes(queries)) => {
                let mut parts = Vec::new();
                for (queries, rows) in queries.iter().zip(rows) {
                    parts.push(multiply(queries, &here, rows, &(0..rows.len()), Vec::new(), call)?);
                }
                let n = rows.first().map_or(0, |rows| rows.len());
                engine::map(call, items, move |(i, mut best), _| {
                    let mut ranks = vec![0f64; n];
                    for part in &parts {
                        let products = row(part, n, i - here.start);
                        ranks
                            .iter_mut()
                            .zip(products)
                            .for_each(|(rank, x)| *rank += f64::from(*x));
                    }
                    offer(&mut best, first, ranks.into_iter());
                    Ok(best)
                })
            }
            (Self::Bits(rows), Self::Bits(queries)) => {
                let (rows, queries) = (rows.clone(), queries.clone());
                engine::map(call, items, move |(i, mut best), _| {
                    let mut distances = vec![0; rows.words.len() / rows.width.max(1)];
                    hamming(row(&queries.words, queries.width, i), &rows.words, &mut distances);
                    offer(&mut best, first, distances.iter().map(|distance| -f64::from(*distance)));
                    Ok(best)
                })
            }
            _ => Err(Error::Internal("bytes were compared with bits".into())),
        }
    }
}

fn offer(best: &mut Best, first: u64, ranks: impl Iterator<Item = f64>) {
    let mut floor = best.worst().unwrap_or(f64::NEG_INFINITY);
    for (index, rank) in (first..).zip(ranks) {
        // What is equal to the worst comes later, and would lose.
        if rank > floor {
            best.offer(Hit { rank, index });
            floor = best.worst().unwrap_or(f64::NEG_INFINITY);
        }
    }
}

impl Bits {
    /// In words of eight bytes, the last filled up with zeros. Where 128 is taken off, it is so on both sides, and no bit differs by it.
    fn new(codes: &[u8], width: usize) -> Result<Self> {
        let words = width.div_ceil(8);
        let rows = codes.len() / width.max(1);
        let mut all = Vec::new();
        rows.checked_mul(words)
            .filter(|n| all.try_reserve_exact(*n).is_ok())
            .ok_or_else(|| no_memory(rows, width))?;
        for code in codes.chunks_exact(width.max(1)) {
            all.extend(code.chunks(8).map(|bytes| {
                let mut word = [0; 8];
                word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                u64::from_ne_bytes(word)
            }));
        }
        Ok(Self {
            words: all,
            width: words,
        })
    }
}

fn no_memory(rows: usize, width: usize) -> Error {
    Error::OutOfMemory(format!(
        "there is no memory for {rows} codes of {width} bytes; pass fewer at once"
    ))
}

/// In how many bits each row differs from the query.
#[multiversion(targets("x86_64+avx2+popcnt"))]
fn hamming(query: &[u64], rows: &[u64], distances: &mut [u32]) {
    for (row, distance) in rows.chunks_exact(query.len().max(1)).zip(distances) {
        *distance = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones()).sum();
    }
}

/// The best k of what was found, by the product of the float query with the codes; bits are 0 and 1.
fn rescore(query: &[f32], hits: Vec<Hit>, corpus: Read<u8>, how: &Quantized, call: &Call) -> Result<Vec<Hit>> {
    call.check()?;
    let mut best = Best::new(how.k)?;
    for Hit { index, .. } in hits {
        let code = corpus(index as usize, 1)?;
        best.offer(Hit {
            rank: f64::from(rescored(query, &code, how.codes) as f32),
            index,
        });
    }
    Ok(best.into_sorted())
}

fn rescored(query: &[f32], code: &[u8], codes: Codes) -> f64 {
    let product = |(x, code): (&f32, f64)| f64::from(*x) * code;
    match codes {
        Codes::Int8 => {
            let values = code.iter().map(|c| f64::from(*c as i8));
            query.iter().zip(values).map(product).sum()
        }
        Codes::Uint8 => {
            let values = code.iter().map(|c| f64::from(*c));
            query.iter().zip(values).map(product).sum()
        }
        Codes::Binary | Codes::Ubinary => {
            let bytes = code.iter().map(|byte| byte ^ codes.turned());
            let bits = bytes.flat_map(|byte| (0..8).map(move |i| f64::from(byte >> (7 - i) & 1)));
            query.iter().zip(bits).map(product).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_whatever_their_number_is() {
        for width in [1, 7, 8, 9, 16, 48] {
            let (zeros, mut code) = (vec![0u8; width], vec![0u8; width]);
            code[width - 1] |= 0b101;
            code[0] |= 0x80;
            let query = Bits::new(&zeros, width).unwrap();
            let rows = Bits::new(&[zeros.clone(), code].concat(), width).unwrap();
            let mut distances = [9, 9];
            hamming(&query.words, &rows.words, &mut distances);
            assert_eq!(distances, [0, 3], "{width}");
        }
    }

    #[test]
    fn a_float_query_weighs_codes() {
        let query = [0.5, -1., 2.];
        assert_eq!(rescored(&query, &[10, 0xff, 1], Codes::Int8), 8.);
        assert_eq!(rescored(&query, &[10, 0xff, 1], Codes::Uint8), -248.);
        assert_eq!(rescored(&query, &[0b1010_0000], Codes::Ubinary), 2.5);
        assert_eq!(rescored(&query, &[0b0010_0000], Codes::Binary), 2.5);
    }
}
