//! Late interaction: what NumPy finds, and what a plain loop finds among more vectors than one block has.

use std::collections::HashMap;

use glyxel::control::Call;
use glyxel::tasks::similarity::max_sim::{self, MaxSim};
use glyxel::tasks::similarity::{Found, Metric};
use glyxel::Error;
use tch::Tensor;

use super::support::fixtures;

fn max_sim(queries: &[f32], documents: &[f32], search: &MaxSim) -> Result<Found, Error> {
    let dim = search.dim;
    let mut read = |first: usize, n: usize| Ok(documents[first * dim..(first + n) * dim].to_vec());
    max_sim::max_sim(queries.to_vec(), &mut read, search, &Call::unwatched())
}

fn values<T: tch::kind::Element + Copy + Default>(tensor: &Tensor) -> Vec<T> {
    let mut values = vec![T::default(); tensor.numel()];
    tensor.copy_data(&mut values, tensor.numel());
    values
}

fn counts(tensor: &Tensor) -> Vec<usize> {
    values::<i64>(tensor).iter().map(|n| *n as usize).collect()
}

#[test]
fn the_best_are_numpys() {
    let tensors = Tensor::read_safetensors(fixtures("tokens").join("max_sim.safetensors")).unwrap();
    let tensors: HashMap<String, Tensor> = tensors.into_iter().collect();
    let of = |name: &str| &tensors[name];
    let (queries, documents) = (values::<f32>(of("queries")), values::<f32>(of("documents")));
    for (name, metric) in [("cosine", Metric::Cosine), ("dot", Metric::Dot)] {
        let index = of(&format!("{name}.index"));
        let all = index.size()[1] as usize;
        for k in [1, 7, all] {
            let search = MaxSim {
                metric,
                k,
                dim: of("queries").size()[1] as usize,
                queries: counts(of("query_counts")),
                documents: counts(of("document_counts")),
            };
            let found = max_sim(&queries, &documents, &search).unwrap();
            let first = |tensor: &Tensor| tensor.narrow(1, 0, k as i64).contiguous();
            let index: Vec<u64> = values::<i64>(&first(index)).iter().map(|i| *i as u64).collect();
            assert_eq!(found.index, index, "{name}, {k}");
            let scores = values::<f32>(&first(of(&format!("{name}.score"))));
            for (a, b) in found.score.iter().zip(&scores) {
                assert!(a == b || *a == b.next_up() || *a == b.next_down(), "{name}: {a} {b}");
            }
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// Small whole numbers, so that many scores are equal.
    fn vectors(&mut self, n: usize, dim: usize) -> Vec<f32> {
        (0..n * dim).map(|_| self.below(5) as f32 - 2.).collect()
    }
}

/// Exactly: products of small whole numbers are whole.
fn plain(queries: &[f32], documents: &[f32], search: &MaxSim) -> Found {
    let dim = search.dim;
    let split = |counts: &[usize]| {
        let mut first = 0;
        let ranges = counts.iter().map(|count| {
            first += count;
            (first - count) * dim..first * dim
        });
        ranges.collect::<Vec<_>>()
    };
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let mut found = Found::default();
    for query in split(&search.queries) {
        let mut scores: Vec<(u64, f64)> = Vec::new();
        for (i, document) in split(&search.documents).into_iter().enumerate() {
            let best = |vector: &[f32]| {
                documents[document.clone()]
                    .chunks(dim)
                    .map(|d| dot(vector, d))
                    .fold(f64::NEG_INFINITY, f64::max)
            };
            scores.push((i as u64, queries[query.clone()].chunks(dim).map(best).sum()));
        }
        scores.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (index, score) in &scores[..search.k] {
            found.index.push(*index);
            found.score.push(*score as f32);
        }
    }
    found
}

/// Documents that begin and end in the middle of blocks, one longer than any, queries longer than a group, ties everywhere.
#[test]
fn blocks_change_nothing() {
    let mut random = Random(5);
    let mut documents: Vec<usize> = (0..700).map(|_| 1 + random.below(20) as usize).collect();
    documents[10] = 9000;
    documents[11] = 4096;
    let queries = vec![3, 0, 300, 1, 32, 32, 260];
    for (dim, k) in [(3, 40), (8, 700)] {
        let search = MaxSim {
            metric: Metric::Dot,
            k,
            dim,
            queries: queries.clone(),
            documents: documents.clone(),
        };
        let (q, d) = (
            random.vectors(queries.iter().sum(), dim),
            random.vectors(documents.iter().sum(), dim),
        );
        assert_eq!(max_sim(&q, &d, &search).unwrap(), plain(&q, &d, &search));
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let search = |queries: &[usize], documents: &[usize], k| MaxSim {
        metric: Metric::Cosine,
        k,
        dim: 2,
        queries: queries.to_vec(),
        documents: documents.to_vec(),
    };
    let message = |result: Result<Found, Error>| match result {
        Err(Error::InvalidArgument(message)) => message,
        other => panic!("{other:?}"),
    };
    let (one, two) = ([1., 0.], [1., 0., 0., 1.]);
    assert!(message(max_sim(&one, &two, &search(&[1], &[2, 0], 1))).contains("document_counts[1]"));
    assert!(message(max_sim(&one, &two, &search(&[1], &[1, 1], 3))).contains("k is 3"));
    assert!(message(max_sim(&one, &[1., 0., f32::NAN, 1.], &search(&[1], &[1, 1], 1))).contains("documents[1]"));
    assert!(message(max_sim(&[f32::INFINITY, 0.], &two, &search(&[1], &[1, 1], 1))).contains("queries[0]"));
    // A query without vectors is as near to all.
    let found = max_sim(&one, &two, &search(&[0, 1], &[1, 1], 2)).unwrap();
    assert_eq!((found.index, found.score), (vec![0, 1, 0, 1], vec![0., 0., 1., 0.]));
    assert_eq!(max_sim(&[], &two, &search(&[], &[1, 1], 1)).unwrap(), Found::default());
    assert_eq!(max_sim(&one, &[], &search(&[1], &[], 0)).unwrap(), Found::default());
}
