//! Values: what NumPy and sentence-transformers find (tests/python/similarity_fixtures.py), and what a plain loop finds among
//! more rows than one block has.

use std::collections::HashMap;
use std::path::Path;

use glyxel::control::Call;
use glyxel::tasks::similarity::centroids::Centroids;
use glyxel::tasks::similarity::duplicates::duplicates;
use glyxel::tasks::similarity::quantize::{self, Codes, Ranges};
use glyxel::tasks::similarity::quantized::{self, Quantized};
use glyxel::tasks::similarity::search::{self, Search};
use glyxel::tasks::similarity::{Found, Metric};
use glyxel::Error;
use tch::{Kind, Tensor};

const METRICS: [(&str, Metric); 3] = [
    ("cosine", Metric::Cosine),
    ("dot", Metric::Dot),
    ("euclidean", Metric::Euclidean),
];

const CODES: [(&str, Codes); 4] = [
    ("int8", Codes::Int8),
    ("uint8", Codes::Uint8),
    ("binary", Codes::Binary),
    ("ubinary", Codes::Ubinary),
];

struct Fixture(HashMap<String, Tensor>);

impl Fixture {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/similarity/expected.safetensors");
        Self(Tensor::read_safetensors(path).unwrap().into_iter().collect())
    }

    fn of<T: tch::kind::Element + Copy + Default>(&self, name: &str) -> Vec<T> {
        let tensor = &self.0[name];
        let mut values = vec![T::default(); tensor.numel()];
        tensor.copy_data(&mut values, tensor.numel());
        values
    }

    fn width(&self, name: &str) -> usize {
        *self.0[name].size().last().unwrap() as usize
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        assert_eq!(self.0[name].kind(), Kind::Float);
        self.of(name)
    }

    fn found(&self, name: &str) -> Found {
        let index: Vec<i64> = self.of(&format!("{name}.index"));
        Found {
            index: index.iter().map(|i| *i as u64).collect(),
            score: self.floats(&format!("{name}.score")),
        }
    }
}

/// Reads rows of `width` values out of a slice.
fn rows<T: Clone>(values: &[T], width: usize) -> impl FnMut(usize, usize) -> Result<Vec<T>, Error> + '_ {
    move |first, n| Ok(values[first * width..(first + n) * width].to_vec())
}

fn top_k(queries: &[f32], corpus: &[f32], dim: usize, metric: Metric, k: usize) -> Found {
    let search = Search::new(metric, k, dim, corpus.len() / dim);
    search::top_k(queries.to_vec(), &mut rows(corpus, dim), &search, &Call::unwatched()).unwrap()
}

/// The same places, and scores that differ by no more than the last bit: both are sums in f64, in other orders.
#[track_caller]
fn same(found: &Found, expected: &Found) {
    assert_eq!(found.index, expected.index);
    for (a, b) in found.score.iter().zip(&expected.score) {
        assert!(a == b || *a == b.next_up() || *a == b.next_down(), "{a} {b}");
    }
}

#[test]
fn the_nearest_are_numpys_by_every_metric() {
    let fixture = Fixture::read();
    let (queries, corpus, dim) = (
        fixture.floats("queries"),
        fixture.floats("corpus"),
        fixture.width("corpus"),
    );
    for (name, metric) in METRICS {
        let expected = fixture.found(name);
        let k = fixture.width(&format!("{name}.index"));
        same(&top_k(&queries, &corpus, dim, metric, k), &expected);
        // All of them, of which the first are the same.
        let n = corpus.len() / dim;
        let all = top_k(&queries, &corpus, dim, metric, n);
        for (all, few) in all.index.chunks(n).zip(expected.index.chunks(k)) {
            assert_eq!(all[..k], *few);
        }
    }
}

/// Small whole numbers, so that many rows are equally near; with rows of zeros, and some that f32 cannot multiply.
fn whole_numbers(n: usize, dim: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % 5) as f32 - 2.
    };
    let mut values: Vec<f32> = (0..n * dim).map(|_| next()).collect();
    for i in (0..n).step_by(997) {
        let factor = [0., 1e30, 1e-30][i % 3];
        values[i * dim..(i + 1) * dim].iter_mut().for_each(|x| *x *= factor);
    }
    values
}

fn plain_rank(metric: Metric, a: &[f32], b: &[f32]) -> f32 {
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| f(f64::from(*a), f64::from(*b))).sum()
    };
    let dot = sum(&|a, b| a * b);
    let exact = match metric {
        Metric::Dot => dot,
        Metric::Euclidean => -sum(&|a, b| (a - b) * (a - b)).sqrt(),
        Metric::Cosine => match sum(&|a, _| a * a).sqrt() * sum(&|_, b| b * b).sqrt() {
            0. => 0.,
            lengths => (dot / lengths).clamp(-1., 1.),
        },
    };
    exact as f32 + 0.
}

#[test]
fn more_rows_than_a_block_has_and_many_ties() {
    let (n, asked, dim) = (9_000, 300, 6);
    let (corpus, queries) = (whole_numbers(n, dim, 1), whole_numbers(asked, dim, 2));
    for (_, metric) in METRICS {
        for k in [1, 40] {
            let found = top_k(&queries, &corpus, dim, metric, k);
            for (q, query) in queries.chunks(dim).enumerate().step_by(7) {
                let mut expected: Vec<(f32, u64)> = (0..)
                    .zip(corpus.chunks(dim))
                    .map(|(i, row)| (plain_rank(metric, query, row), i))
                    .collect();
                expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                let places: Vec<u64> = expected[..k].iter().map(|(_, i)| *i).collect();
                assert_eq!(found.index[q * k..(q + 1) * k], places, "{metric:?}, query {q}");
            }
        }
    }
}

/// Few queries are compared at once, many by products first; nobody can tell.
#[test]
fn one_query_finds_what_it_finds_among_many() {
    let (n, asked, dim, k) = (9_000, 60, 24, 7);
    let (corpus, queries) = (whole_numbers(n, dim, 5), whole_numbers(asked, dim, 6));
    let corpus: Vec<f32> = corpus.iter().zip(1..).map(|(x, i)| x + 1. / i as f32).collect();
    for (_, metric) in METRICS {
        let together = top_k(&queries, &corpus, dim, metric, k);
        for (q, query) in queries.chunks(dim).enumerate() {
            let alone = top_k(query, &corpus, dim, metric, k);
            assert_eq!(alone.index, together.index[q * k..][..k], "{metric:?}, query {q}");
            assert_eq!(alone.score, together.score[q * k..][..k], "{metric:?}, query {q}");
        }
    }
}

/// And so are few vectors, and many.
#[test]
fn duplicates_of_few_are_among_those_of_many() {
    let (n, dim, few) = (1_000, 6, 120);
    let vectors = whole_numbers(n, dim, 4);
    let find = |n: usize| duplicates(vectors[..n * dim].to_vec(), dim, 0.8, usize::MAX, &Call::unwatched()).unwrap();
    let mut many = find(n);
    many.retain(|pair| pair.second < few as u64);
    assert!(many.len() > 50, "{}", many.len());
    assert_eq!(find(few), many);
}

#[test]
fn all_rows_equal_come_in_their_order() {
    let corpus = [0.3, -0.7, 0.1].repeat(5_000);
    for (_, metric) in METRICS {
        let found = top_k(&[0.1, 0.2, 0.3], &corpus, 3, metric, 12);
        assert_eq!(found.index, (0..12).collect::<Vec<u64>>());
        assert!(found.score.iter().all(|score| *score == found.score[0]));
    }
}

#[test]
fn quantised_as_sentence_transformers_does() {
    let fixture = Fixture::read();
    let (plain, dim) = (fixture.floats("plain"), fixture.width("plain"));
    let n = plain.len() / dim;
    for (name, codes) in CODES {
        let make = |ranges| {
            let read = &mut rows(&plain, dim);
            quantize::quantize(read, n, dim, codes, ranges, &Call::unwatched()).unwrap()
        };
        assert!(make(None) == fixture.of::<u8>(&format!("{name}.own")), "{name}");
        let given = Ranges::given(&fixture.floats("ranges")).unwrap();
        assert!(
            make(Some(given)) == fixture.of::<u8>(&format!("{name}.rows")),
            "{name}, ranges given"
        );
    }
}

#[test]
fn the_nearest_of_quantised_vectors() {
    let fixture = Fixture::read();
    let (few, dim) = (fixture.floats("few"), fixture.width("few"));
    for (name, codes) in CODES {
        let ranges = Some(Ranges::given(&fixture.floats("ranges")).unwrap());
        let corpus: Vec<u8> = fixture.of(&format!("{name}.rows"));
        let read = &mut rows(&few, dim);
        let queries = quantize::quantize(read, few.len() / dim, dim, codes, ranges, &Call::unwatched()).unwrap();
        let width = codes.width(dim);
        let k = fixture.width(&format!("{name}.index"));
        let how = Quantized {
            codes,
            k,
            dim,
            rows: corpus.len() / width,
            rescored: 2 * k,
        };
        let find = |floats| {
            let read = &mut rows(&corpus, width);
            quantized::top_k(queries.clone(), floats, read, &how, &Call::unwatched()).unwrap()
        };
        assert_eq!(find(None), fixture.found(name), "{name}");
        same(&find(Some(few.clone())), &fixture.found(&format!("{name}.rescored")));
    }
}

/// In more dimensions than f32 sums exactly at once.
#[test]
fn products_of_bytes_are_exact() {
    let (dim, n) = (2_500, 1_000);
    let code = |i: usize| [0x7f, 0x80, 0xff, (i % 251) as u8, (i % 13) as u8][i % 5];
    let corpus: Vec<u8> = (0..n * dim).map(|i| code(i / 3 + i / dim)).collect();
    let queries = corpus[7 * dim..9 * dim].to_vec();
    for codes in [Codes::Int8, Codes::Uint8] {
        let value = |code: u8| match codes {
            Codes::Int8 => i64::from(code as i8),
            _ => i64::from(code),
        };
        let how = Quantized {
            codes,
            k: 20,
            dim,
            rows: n,
            rescored: 0,
        };
        let read = &mut rows(&corpus, dim);
        let found = quantized::top_k(queries.clone(), None, read, &how, &Call::unwatched()).unwrap();
        for (q, query) in queries.chunks(dim).enumerate() {
            let dot = |row: &[u8]| -> i64 { row.iter().zip(query).map(|(a, b)| value(*a) * value(*b)).sum() };
            let mut expected: Vec<(i64, u64)> = (0..).zip(corpus.chunks(dim)).map(|(i, row)| (-dot(row), i)).collect();
            expected.sort();
            let places: Vec<u64> = expected[..20].iter().map(|(_, i)| *i).collect();
            assert_eq!(found.index[q * 20..][..20], places, "{codes:?}");
            assert_eq!(found.score[q * 20], -expected[0].0 as f32);
        }
    }
}

#[test]
fn duplicates_are_those_of_paraphrase_mining() {
    let fixture = Fixture::read();
    let (plain, dim) = (fixture.floats("plain"), fixture.width("plain"));
    let expected: Vec<i64> = fixture.of("pairs.places");
    let scores = fixture.floats("pairs.scores");
    let found = duplicates(plain, dim, 0.45, usize::MAX, &Call::unwatched()).unwrap();
    assert_eq!(found.len(), scores.len());
    assert!(found.is_sorted());
    for (ours, theirs) in found.iter().zip(&scores) {
        assert!((ours.score - theirs).abs() < 1e-6);
    }
    // Theirs come in the order of scores that are rounded otherwise.
    let mut ours: Vec<[i64; 2]> = found.iter().map(|p| [p.first as i64, p.second as i64]).collect();
    let mut theirs: Vec<[i64; 2]> = expected.chunks(2).map(|pair| [pair[0], pair[1]]).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn the_best_pairs_of_more_rows_than_a_block_has() {
    let (n, dim) = (2_600, 6);
    let vectors = whole_numbers(n, dim, 3);
    let mut expected = Vec::new();
    for (i, a) in vectors.chunks(dim).enumerate() {
        for (j, b) in vectors.chunks(dim).enumerate().skip(i + 1) {
            let score = plain_rank(Metric::Cosine, a, b);
            if score >= 0.97 {
                expected.push((score, i as u64, j as u64));
            }
        }
    }
    expected.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let expected: Vec<(u64, u64)> = expected.iter().map(|(_, i, j)| (*i, *j)).collect();
    assert!(expected.len() > 500, "{}", expected.len());
    for most in [usize::MAX, 100, expected.len() - 1] {
        let found = duplicates(vectors.clone(), dim, 0.97, most, &Call::unwatched()).unwrap();
        let found: Vec<(u64, u64)> = found.iter().map(|pair| (pair.first, pair.second)).collect();
        assert_eq!(found, expected[..most.min(expected.len())]);
    }
}

#[test]
fn a_kept_centroid_classifies_as_the_examples_did() {
    let fixture = Fixture::read();
    let (plain, dim) = (fixture.floats("plain"), fixture.width("plain"));
    let labels: Vec<i32> = (0..plain.len() / dim).map(|i| (i % 5) as i32).collect();
    let mut learned = Centroids::new(5, dim).unwrap();
    learned.add(&plain, &labels).unwrap();
    let mut kept = Centroids::new(5, dim).unwrap();
    for label in 0..5 {
        let (centroid, count) = learned.get(label).unwrap();
        assert_eq!(count as usize, labels.iter().filter(|l| **l == label as i32).count());
        kept.add(&centroid, &[label as i32]).unwrap();
    }
    let queries = fixture.floats("queries");
    let classify = |centroids: &mut Centroids| {
        let learned = centroids.learned().unwrap();
        learned.classify(queries.clone(), 0.1, &Call::unwatched()).unwrap()
    };
    let (before, after) = (classify(&mut learned), classify(&mut kept));
    assert!(before.iter().any(|answer| answer.label.is_none()));
    assert!(before.iter().any(|answer| answer.label.is_some()));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.label, after.label);
        assert!((before.score - after.score).abs() < 1e-6);
    }
}
