//! What people do with vectors, whoever made them: the nearest, duplicates, recommendations, labels, fewer bits.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `metric` | how near two vectors are, exactly, and what a product of matrices says of that |
//! | `vectors` | rows of values, checked, with their lengths; blocks of them |
//! | `best` | the k best of many that go by |
//! | `search` | the nearest of a corpus; `recommend`, `centroids` are made of it |
//! | `direct` | the same where there is too little work for other threads |
//! | `max_sim` | the best of documents that have many vectors, for queries that do |
//! | `duplicates` | the nearest pairs of one set |
//! | `quantize`, `quantized` | vectors of 8 bits or 1 bit a value, and the nearest among them |
//!
//! A product of matrices in f32 (libtorch's, on the compute thread, a block at a time) tells which rows can be among the
//! best, with a bound on its rounding; these are compared again in f64, by the two vectors alone. So scores and ties
//! depend on nothing but the values: not on blocks, threads or the processor.

mod best;
pub mod centroids;
mod direct;
pub mod duplicates;
pub mod max_sim;
mod metric;
pub mod quantize;
pub mod quantized;
pub mod recommend;
pub mod search;
mod vectors;

pub use metric::Metric;

use crate::error::{Error, Result};

/// Reads rows of a caller's: the first one's place, and how many.
pub type Read<'a, T> = &'a mut dyn FnMut(usize, usize) -> Result<Vec<T>>;

/// What is searched for, and among how many rows of what width.
pub struct Search {
    pub metric: Metric,
    pub k: usize,
    pub dim: usize,
    pub rows: usize,
    /// For each row whether it is left out; empty: none is.
    pub left_out: Vec<bool>,
    /// What errors call the queries and the corpus.
    pub names: [&'static str; 2],
}

impl Search {
    pub fn new(metric: Metric, k: usize, dim: usize, rows: usize) -> Self {
        Self {
            metric,
            k,
            dim,
            rows,
            left_out: Vec::new(),
            names: ["queries", "corpus"],
        }
    }
}

/// What a search found for each query, one after the other: places in the corpus, the best first, and their scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub index: Vec<u64>,
    pub score: Vec<f32>,
}

fn check_threshold(threshold: f32) -> Result<()> {
    match (-1. ..=1.).contains(&threshold) {
        true => Ok(()),
        false => Err(Error::InvalidArgument(format!(
            "threshold is {threshold}, but a cosine is from -1 to 1; give one in between, such as 0.9"
        ))),
    }
}
