//! T5's bias for relative positions (<https://arxiv.org/abs/1910.10683>, section 2.1): one learned number for each head and bucket of
//! distances, added to the attention's scores. Near tokens have a bucket each, far ones share buckets that grow.

use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use super::embedding;

pub struct RelativeBias {
    table: nn::Embedding,
    /// How many distances are told apart, half of them for what stands before and half for what stands behind.
    buckets: i64,
    /// All from here on share a bucket.
    max_distance: i64,
}

impl RelativeBias {
    /// `entries` of the table may be more than the buckets in use.
    pub fn new(path: Path, entries: i64, heads: i64, buckets: i64, max_distance: i64) -> Self {
        RelativeBias {
            table: embedding(path, entries, heads),
            buckets,
            max_distance,
        }
    }

    /// (1, heads, tokens, tokens) for ids of (batch, tokens).
    pub fn forward(&self, ids: &Tensor) -> Tensor {
        let position = ids.select(0, 0).ones_like().cumsum(0, Kind::Int64);
        let back = position.unsqueeze(1) - position.unsqueeze(0);
        let bias = self.table.forward(&self.bucket(&back)).permute([2, 0, 1]);
        // Every layer reads it, row by row.
        bias.contiguous().unsqueeze(0)
    }

    /// `back`: how far the key stands before the query; negative if behind it.
    fn bucket(&self, back: &Tensor) -> Tensor {
        let half = self.buckets / 2;
        let exact = half / 2;
        let distance = back.abs();
        let doublings = (distance.clamp_min(1).to_kind(Kind::Float) / exact as f64).log();
        let scale = (self.max_distance as f64 / exact as f64).ln();
        // In this order of operations, since each result is cut to a whole number.
        let far = (doublings / scale * (half - exact) as f64).to_kind(Kind::Int64) + exact;
        let side = back.lt(0).to_kind(Kind::Int64) * half;
        distance.where_self(&distance.lt(exact), &far.clamp_max(half - 1)) + side
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As T5 and MPNet count them, at the edges of buckets.
    #[test]
    fn buckets_of_distances() {
        let store = nn::VarStore::new(tch::Device::Cpu);
        let bias = RelativeBias::new(store.root(), 32, 1, 32, 128);
        let back = [
            0i64, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, 500,
        ];
        let buckets = [
            0i64, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 15, 15,
        ];
        let (back, buckets) = (Tensor::from_slice(&back), Tensor::from_slice(&buckets));
        assert_eq!(bias.bucket(&back), buckets);
        let ahead = back.slice(0, 1, None, 1).neg();
        assert_eq!(bias.bucket(&ahead), buckets.slice(0, 1, None, 1) + 16);
    }
}
