//! top_k, recommendations and duplicates: every misuse is a status and a sentence.

use std::ptr::{null, null_mut};

use glyxel::ffi::duplicates::*;
use glyxel::ffi::similarity::*;

use super::support::*;

/// Four vectors of two values, the second and the last equal.
pub const CORPUS: [f32; 8] = [1., 0., 0., 2., -3., 0., 0., 2.];
pub const QUERY: [f32; 2] = [0.5, 1.];

/// What a call of glyxel_top_k is given; by default one that succeeds.
#[derive(Clone, Copy)]
struct TopK {
    queries: *const f32,
    nq: usize,
    corpus: *const f32,
    nc: usize,
    dim: usize,
    metric: i32,
    k: usize,
    control: *mut glyxel_control,
}

/// Pointers that another thread reads from.
unsafe impl Send for TopK {}

impl Default for TopK {
    fn default() -> Self {
        Self {
            queries: QUERY.as_ptr(),
            nq: 1,
            corpus: CORPUS.as_ptr(),
            nc: 4,
            dim: 2,
            metric: GLYXEL_COSINE,
            k: 2,
            control: null_mut(),
        }
    }
}

impl TopK {
    fn call(self, index: *mut u64, score: *mut f32, err: Err) -> Status {
        let (queries, corpus) = ((self.queries, self.nq), (self.corpus, self.nc));
        unsafe {
            glyxel_top_k(
                queries.0,
                queries.1,
                corpus.0,
                corpus.1,
                self.dim,
                self.metric,
                self.k,
                self.control,
                index,
                score,
                err,
            )
        }
    }

    #[track_caller]
    fn found(self) -> (Vec<u64>, Vec<f32>) {
        let (mut index, mut score) = (vec![77; self.nq * self.k], vec![f32::NAN; self.nq * self.k]);
        accepted(|err| self.call(index.as_mut_ptr(), score.as_mut_ptr(), err));
        (index, score)
    }

    /// The sentence of a call that is refused and writes nothing.
    #[track_caller]
    fn refused(self, status: Status) -> String {
        let (mut index, mut score) = ([77; 8], [7.5; 8]);
        let (to_index, to_score) = (index.as_mut_ptr(), score.as_mut_ptr());
        let sentence = refused(status, |err| self.call(to_index, to_score, err));
        assert_eq!((index, score), ([77; 8], [7.5; 8]), "written though the call failed");
        sentence
    }
}

#[test]
fn the_nearest_by_each_metric_and_ties_by_index() {
    let by = |metric| {
        let search = TopK {
            metric,
            k: 4,
            ..TopK::default()
        };
        search.found()
    };
    let (index, score) = by(GLYXEL_COSINE);
    assert_eq!(index, [1, 3, 0, 2]);
    let [near, far] = [1., 0.5].map(|x: f64| (x / 1.25f64.sqrt()) as f32);
    assert_eq!(score, [near, near, far, -far]);
    assert_eq!(by(GLYXEL_DOT), (vec![1, 3, 0, 2], vec![2., 2., 0.5, -1.5]));
    let (index, score) = by(GLYXEL_EUCLIDEAN);
    assert_eq!(index, [0, 1, 3, 2]);
    assert_eq!(score[0], 1.25f64.sqrt() as f32);
    assert_eq!(score[1], score[2]);
}

#[test]
fn what_top_k_refuses() {
    let said = |change: &dyn Fn(&mut TopK), words: &[&str]| {
        let mut changed = TopK::default();
        change(&mut changed);
        let sentence = changed.refused(GLYXEL_INVALID_ARGUMENT);
        assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}");
    };
    said(&|s| s.queries = null(), &["queries is NULL"]);
    said(&|s| s.corpus = null(), &["corpus is NULL"]);
    said(&|s| s.dim = 0, &["dim is 0"]);
    said(&|s| s.metric = 3, &["metric is 3", "GLYXEL_EUCLIDEAN"]);
    said(&|s| s.metric = -1, &["metric is -1"]);
    said(&|s| s.k = 5, &["k is 5", "4 vectors"]);
    said(&|s| s.nc = 0, &["k is 2", "0 vectors"]);
    said(&|s| s.nq = usize::MAX, &["queries", "more than memory can hold"]);
    said(&|s| s.nc = usize::MAX / 8, &["corpus", "more than memory can hold"]);
    said(&|s| s.dim = usize::MAX, &["more than memory can hold"]);
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (query, mut corpus) = ([1., value], CORPUS);
        said(&|s| s.queries = query.as_ptr(), &["queries[0]: value 1 is"]);
        corpus[4] = value;
        said(&|s| s.corpus = corpus.as_ptr(), &["corpus[2]: value 0 is"]);
    }
    let good = TopK::default();
    let (mut index, mut score) = ([0; 2], [0.; 2]);
    let (to_index, to_score) = (index.as_mut_ptr(), score.as_mut_ptr());
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| good.call(null_mut(), to_score, err));
    assert!(sentence.contains("out_index is NULL"), "{sentence}");
    let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| good.call(to_index, null_mut(), err));
    assert!(sentence.contains("out_score is NULL"), "{sentence}");
    let cancelled = control();
    unsafe { glyxel_control_cancel(cancelled.0) };
    let under = |control| TopK { control, ..good };
    under(cancelled.0).refused(GLYXEL_CANCELLED);
    under(std::ptr::dangling_mut()).refused(GLYXEL_INVALID_HANDLE);
}

#[test]
fn nothing_is_found_of_nothing() {
    let accept = |change: &dyn Fn(&mut TopK)| {
        let mut changed = TopK::default();
        change(&mut changed);
        accepted(|err| changed.call(null_mut(), null_mut(), err));
    };
    accept(&|s| (s.nq, s.queries) = (0, null()));
    accept(&|s| s.k = 0);
    accept(&|s| (s.k, s.nc, s.corpus) = (0, 0, null()));
}

#[test]
fn nothing_need_be_aligned() {
    let shifted = |values: &[f32]| -> Vec<u8> {
        let bytes = values.iter().flat_map(|x| x.to_ne_bytes());
        std::iter::once(0).chain(bytes).collect()
    };
    let (queries, corpus) = (shifted(&QUERY), shifted(&CORPUS));
    let (mut index, mut score) = ([0u8; 17], [0u8; 9]);
    let good = TopK {
        queries: queries[1..].as_ptr().cast(),
        corpus: corpus[1..].as_ptr().cast(),
        ..TopK::default()
    };
    let (to_index, to_score) = (index[1..].as_mut_ptr().cast(), score[1..].as_mut_ptr().cast());
    accepted(|err| good.call(to_index, to_score, err));
    assert_eq!(index[1..], [1u64.to_ne_bytes(), 3u64.to_ne_bytes()].concat());
}

/// Cancelled when it has begun, with far more to do than that takes.
#[test]
fn a_search_is_cancelled_and_timed_out_and_watched() {
    let (n, dim) = (20_000, 64);
    let vectors: Vec<f32> = (0..n * dim).map(|i| ((i * 7919 % 1013) as f32) - 500.).collect();
    let (cancelled, timed) = (control(), control());
    let search = |control| TopK {
        queries: vectors.as_ptr(),
        nq: n,
        corpus: vectors.as_ptr(),
        nc: n,
        dim,
        k: 1,
        control,
        ..TopK::default()
    };
    std::thread::scope(|scope| {
        let search = search(cancelled.0);
        let call = scope.spawn(move || {
            let search = search;
            let (mut index, mut score) = (vec![77; n], vec![7.5; n]);
            let (status, _) = outcome(|err| search.call(index.as_mut_ptr(), score.as_mut_ptr(), err));
            assert!(status == GLYXEL_OK || (index.iter().all(|i| *i == 77) && score.iter().all(|s| *s == 7.5)));
            status
        });
        let (mut stage, mut total) = (0, 0);
        while stage != GLYXEL_STAGE_COMPUTING && !call.is_finished() {
            unsafe { glyxel_control_progress(cancelled.0, &mut stage, null_mut(), &mut total) };
        }
        unsafe { glyxel_control_cancel(cancelled.0) };
        assert_eq!((call.join().unwrap(), total), (GLYXEL_CANCELLED, n as u64));
    });
    unsafe { glyxel_control_set_timeout(timed.0, 1) };
    let (mut index, mut score) = (vec![77; n], vec![7.5; n]);
    let (to_index, to_score) = (index.as_mut_ptr(), score.as_mut_ptr());
    refused(GLYXEL_TIMEOUT, |err| search(timed.0).call(to_index, to_score, err));
    assert!(index.iter().all(|i| *i == 77));
    unsafe { glyxel_control_set_timeout(timed.0, 0) };
    let few = TopK {
        nq: 3,
        ..search(timed.0)
    };
    assert_eq!(few.found().1, [1., 1., 1.]);
    let (mut done, mut total) = (0, 0);
    unsafe { glyxel_control_progress(timed.0, null_mut(), &mut done, &mut total) };
    assert_eq!((done, total), (n as u64, n as u64));
}

#[test]
fn recommendations_leave_out_what_is_known() {
    let call = |liked: &[u64], seen: &[u64], k: usize, metric: i32, err: Err| unsafe {
        let (mut index, mut score) = ([77; 4], [7.5; 4]);
        let (to_index, to_score) = (index.as_mut_ptr(), score.as_mut_ptr());
        let (l, s) = ((liked.as_ptr(), liked.len()), (seen.as_ptr(), seen.len()));
        let items = CORPUS.as_ptr();
        let status = glyxel_recommend(
            items,
            4,
            2,
            l.0,
            l.1,
            s.0,
            s.1,
            metric,
            k,
            null_mut(),
            to_index,
            to_score,
            err,
        );
        assert!(status == GLYXEL_OK || index == [77; 4]);
        (status, index, score)
    };
    let (status, index, score) = call(&[1], &[], 3, GLYXEL_COSINE, null_mut());
    assert_eq!(
        (status, &index[..3], &score[..3]),
        (GLYXEL_OK, &[3, 0, 2][..], &[1., 0., 0.][..])
    );
    // The mean of (0, 2) and (-3, 0), and of their directions.
    let (_, index, score) = call(&[1, 2], &[3], 1, GLYXEL_DOT, null_mut());
    assert_eq!((index[0], score[0]), (0, -1.5));
    let (_, index, score) = call(&[1, 2], &[0], 1, GLYXEL_COSINE, null_mut());
    assert_eq!((index[0], score[0]), (3, 0.5f64.sqrt() as f32));
    let said = |liked: &[u64], seen: &[u64], k, words: &str| {
        let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| {
            call(liked, seen, k, GLYXEL_COSINE, err).0
        });
        assert!(sentence.contains(words), "{sentence}");
    };
    said(&[], &[0], 1, "liked is empty");
    said(&[4], &[], 1, "liked[0] is 4");
    said(&[0], &[1, u64::MAX], 1, "seen[1] is 18446744073709551615");
    said(&[0, 0], &[1, 0], 3, "2 of them left out");
}

type Pairs = Handle<glyxel_pairs>;

fn duplicates(vectors: &[f32], dim: usize, threshold: f32, most: usize, err: Err) -> Result<Pairs, Status> {
    let mut pairs = std::ptr::dangling_mut();
    let n = vectors.len() / dim.max(1);
    match unsafe { glyxel_duplicates(vectors.as_ptr(), n, dim, threshold, most, null_mut(), &mut pairs, err) } {
        GLYXEL_OK => Ok(Handle(pairs, glyxel_pairs_free)),
        status => {
            assert_eq!(
                pairs,
                std::ptr::dangling_mut(),
                "out was written though the call failed"
            );
            Err(status)
        }
    }
}

fn found(threshold: f32, most: usize) -> Pairs {
    duplicates(&CORPUS, 2, threshold, most, null_mut()).unwrap_or_else(|status| panic!("{status}"))
}

fn listed(pairs: &Pairs) -> Vec<(u64, u64, f32)> {
    let count = unsafe { glyxel_pairs_count(pairs.0) };
    (0..count)
        .map(|rank| {
            let (mut first, mut second, mut score) = (0, 0, 0.);
            let status = unsafe { glyxel_pairs_get(pairs.0, rank, &mut first, &mut second, &mut score) };
            assert_eq!(status, GLYXEL_OK);
            (first, second, score)
        })
        .collect()
}

#[test]
fn duplicates_are_listed_from_the_nearest_on() {
    assert_eq!(listed(&found(0.5, 0)), [(1, 3, 1.)]);
    let all = listed(&found(-1., 0));
    let expected = [(1, 3, 1.), (0, 1, 0.), (0, 3, 0.), (1, 2, 0.), (2, 3, 0.), (0, 2, -1.)];
    assert_eq!(all, expected);
    assert_eq!(listed(&found(-1., 3)), all[..3]);
    unsafe {
        let mut none = null_mut();
        accepted(|err| glyxel_duplicates(null(), 0, 2, 0.5, 0, null_mut(), &mut none, err));
        assert_eq!(glyxel_pairs_count(none), 0);
        glyxel_pairs_free(none);
    }
}

#[test]
fn what_duplicates_refuse() {
    let said = |vectors: &[f32], dim, threshold, words: &str| {
        let sentence = refused(GLYXEL_INVALID_ARGUMENT, |err| {
            duplicates(vectors, dim, threshold, 0, err).map_or_else(|s| s, |_| GLYXEL_OK)
        });
        assert!(sentence.contains(words), "{sentence}");
    };
    said(&CORPUS, 0, 0.5, "dim is 0");
    for threshold in [1.5, -1.1, f32::NAN, f32::INFINITY] {
        said(&CORPUS, 2, threshold, "threshold is");
    }
    said(&[1., 2., f32::NAN, 0.], 2, 0.5, "vectors[1]: value 0 is NaN");
    let pairs = found(0.5, 0);
    let mut score = 7.5;
    let get = |pairs, rank, score: *mut f32| unsafe { glyxel_pairs_get(pairs, rank, null_mut(), null_mut(), score) };
    assert_eq!(get(pairs.0, 1, &mut score), GLYXEL_INVALID_ARGUMENT);
    assert_eq!(get(pairs.0, 0, null_mut()), GLYXEL_OK);
    assert_eq!(get(null_mut(), 0, &mut score), GLYXEL_INVALID_ARGUMENT);
    let gone = pairs.0;
    drop(pairs);
    assert_eq!(get(gone, 0, &mut score), GLYXEL_INVALID_HANDLE);
    unsafe {
        assert_eq!(
            (score, glyxel_pairs_count(gone), glyxel_pairs_count(null())),
            (7.5, 0, 0)
        );
        glyxel_pairs_free(gone);
        glyxel_pairs_free(null_mut());
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_duplicates(CORPUS.as_ptr(), 4, 2, 0.5, 0, null_mut(), null_mut(), err)
        });
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            glyxel_duplicates(null(), 4, 2, 0.5, 0, null_mut(), &mut null_mut(), err)
        });
    }
}
