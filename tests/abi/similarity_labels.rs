//! Centroids and quantised vectors: every misuse is a status and a sentence.

use std::ptr::{null, null_mut};

use glyxel::ffi::centroids::*;
use glyxel::ffi::quantize::*;

use super::similarity::{CORPUS, QUERY};
use super::support::*;

#[track_caller]
fn said(status: Status, words: &str, call: &dyn Fn(Err) -> Status) {
    let sentence = refused(status, call);
    assert!(sentence.contains(words), "{sentence}");
}

type Centroids = Handle<glyxel_centroids>;

fn centroids(labels: usize, dim: usize) -> Centroids {
    let mut made = null_mut();
    accepted(|err| unsafe { glyxel_centroids_new(labels, dim, &mut made, err) });
    Handle(made, glyxel_centroids_free)
}

fn add(to: *mut glyxel_centroids, vectors: &[f32], labels: &[i32], err: Err) -> Status {
    unsafe { glyxel_centroids_add(to, vectors.as_ptr(), labels.as_ptr(), labels.len(), err) }
}

fn classify(by: *const glyxel_centroids, vectors: &[f32], threshold: f32, err: Err) -> (Status, Vec<i32>, Vec<f32>) {
    let n = vectors.len() / 2;
    let (mut labels, mut scores) = (vec![77; n], vec![7.5; n]);
    let (to, scored) = (labels.as_mut_ptr(), scores.as_mut_ptr());
    let status = unsafe { glyxel_centroids_classify(by, vectors.as_ptr(), n, threshold, null_mut(), to, scored, err) };
    assert!(status == GLYXEL_OK || labels.iter().all(|label| *label == 77));
    (status, labels, scores)
}

fn get(of: *const glyxel_centroids, label: usize, out: *mut f32, room: usize, count: *mut u64, err: Err) -> Status {
    unsafe { glyxel_centroids_get(of, label, out, room, count, err) }
}

#[test]
fn labels_by_centroids() {
    let made = centroids(3, 2);
    said(GLYXEL_INVALID_ARGUMENT, "no label has an example", &|err| {
        classify(made.0, &[1., 0.], -1., err).0
    });
    accepted(|err| add(made.0, &[4., 0., 0., 1.], &[2, 0], err));
    accepted(|err| add(made.0, &[1., 0.], &[2], err));
    accepted(|err| add(made.0, &[], &[], err));
    let (status, labels, scores) = classify(made.0, &[2., 1., 1., 1., -1., 1., -1., -1.], 0.7, null_mut());
    assert_eq!((status, labels), (GLYXEL_OK, vec![2, 0, 0, -1]));
    assert_eq!(scores[0], (2. / 5f64.sqrt()) as f32);
    assert_eq!(classify(made.0, &[-1., -1., 0., 0.], -1., null_mut()).1, [0, 0]);
    let (mut centroid, mut count) = ([0.; 2], 0);
    accepted(|err| get(made.0, 2, centroid.as_mut_ptr(), 2, &mut count, err));
    assert_eq!((centroid, count), ([1., 0.], 2));
    accepted(|err| get(made.0, 1, null_mut(), 0, &mut count, err));
    assert_eq!(count, 0);
    let mut label = 77;
    unsafe {
        accepted(|err| glyxel_centroids_classify(made.0, null(), 0, 0., null_mut(), null_mut(), null_mut(), err));
        let query = QUERY.as_ptr();
        accepted(|err| glyxel_centroids_classify(made.0, query, 1, 0., null_mut(), &mut label, null_mut(), err));
    }
    assert_eq!(label, 0);
}

#[test]
fn what_centroids_refuse() {
    let wrong = GLYXEL_INVALID_ARGUMENT;
    let new = |labels, dim, err| unsafe { glyxel_centroids_new(labels, dim, &mut null_mut(), err) };
    said(wrong, "n_labels is 0", &|err| new(0, 2, err));
    said(wrong, "n_labels is", &|err| new(usize::MAX, 2, err));
    said(wrong, "dim is 0", &|err| new(2, 0, err));
    said(GLYXEL_OUT_OF_MEMORY, "no memory for 1000 labels", &|err| {
        new(1000, usize::MAX / 4, err)
    });
    said(wrong, "out is NULL", &|err| unsafe {
        glyxel_centroids_new(2, 2, null_mut(), err)
    });
    let made = centroids(2, 2);
    accepted(|err| add(made.0, &[1., 0.], &[1], err));
    said(wrong, "labels[1] is 2", &|err| {
        add(made.0, &[1., 0., 1., 0.], &[0, 2], err)
    });
    said(wrong, "labels[0] is -1", &|err| add(made.0, &[1., 0.], &[-1], err));
    said(wrong, "vectors[0]: value 1", &|err| {
        add(made.0, &[1., f32::NAN], &[0], err)
    });
    said(wrong, "labels is NULL", &|err| unsafe {
        glyxel_centroids_add(made.0, QUERY.as_ptr(), null(), 1, err)
    });
    said(wrong, "vectors is NULL", &|err| unsafe {
        glyxel_centroids_add(made.0, null(), [0].as_ptr(), 1, err)
    });
    said(wrong, "threshold is 2", &|err| classify(made.0, &QUERY, 2., err).0);
    said(wrong, "threshold is NaN", &|err| {
        classify(made.0, &QUERY, f32::NAN, err).0
    });
    said(wrong, "vectors[0]: value 0 is inf", &|err| {
        classify(made.0, &[f32::INFINITY, 0.], 0., err).0
    });
    said(wrong, "out_label is NULL", &|err| unsafe {
        let query = QUERY.as_ptr();
        glyxel_centroids_classify(made.0, query, 1, 0., null_mut(), null_mut(), null_mut(), err)
    });
    let mut room = [7.5; 2];
    let to = room.as_mut_ptr();
    said(wrong, "there is no label 2", &|err| {
        get(made.0, 2, to, 2, null_mut(), err)
    });
    said(wrong, "out_len is 1", &|err| get(made.0, 1, to, 1, null_mut(), err));
    said(wrong, "out is NULL", &|err| {
        get(made.0, 1, null_mut(), 2, null_mut(), err)
    });
    assert_eq!(room, [7.5; 2]);
    let gone = made.0;
    said(wrong, "centroids handle is NULL", &|err| {
        add(null_mut(), &QUERY, &[0], err)
    });
    drop(made);
    let handle = GLYXEL_INVALID_HANDLE;
    said(handle, "freed before", &|err| add(gone, &QUERY, &[0], err));
    said(handle, "freed before", &|err| classify(gone, &QUERY, 0., err).0);
    let other = control();
    said(handle, "another kind (control)", &|err| {
        add(other.0.cast(), &QUERY, &[0], err)
    });
    unsafe {
        glyxel_centroids_free(gone);
        glyxel_centroids_free(null_mut());
    }
}

fn quantize(vectors: &[f32], dim: usize, codes: i32, ranges: *const f32, out: &mut [u8], err: Err) -> Status {
    let (n, room, to) = (vectors.len() / dim.max(1), out.len(), out.as_mut_ptr());
    unsafe { glyxel_quantize(vectors.as_ptr(), n, dim, codes, ranges, null_mut(), to, room, err) }
}

#[test]
fn quantised_vectors() {
    let mut ranges = [7.5; 4];
    let to = ranges.as_mut_ptr();
    accepted(|err| unsafe { glyxel_quantize_ranges(CORPUS.as_ptr(), 4, 2, null_mut(), to, 4, err) });
    assert_eq!(ranges, [-3., 0., 1., 2.]);
    let mut out = [9; 9];
    accepted(|err| quantize(&CORPUS, 2, GLYXEL_UINT8, null(), &mut out, err));
    // In f32, 255 steps of a 255th of the range fall just short of it, as in NumPy.
    assert_eq!(out, [254, 0, 191, 254, 0, 0, 191, 254, 9]);
    let mut signed = [9; 8];
    accepted(|err| quantize(&CORPUS, 2, GLYXEL_INT8, ranges.as_ptr(), &mut signed, err));
    assert!(signed
        .iter()
        .zip(out)
        .all(|(signed, unsigned)| *signed == unsigned ^ 0x80));
    let mut bits = [9; 4];
    accepted(|err| quantize(&CORPUS, 2, GLYXEL_UBINARY, null(), &mut bits, err));
    assert_eq!(bits, BITS);
    accepted(|err| quantize(&[], 2, GLYXEL_INT8, null(), &mut [], err));

    let (status, index, score) = search(GLYXEL_UBINARY, BITS.as_ptr(), 4, null(), null_mut());
    assert_eq!((status, index, score), (GLYXEL_OK, [0, 2, 1, 3], [0., 1., 2., 2.]));
    let (_, index, score) = search(GLYXEL_UBINARY, BITS.as_ptr(), 2, QUERY.as_ptr(), null_mut());
    assert_eq!((&index[..2], &score[..2]), (&[1, 3][..], &[1., 1.][..]));
}

/// CORPUS, a bit a value.
const BITS: [u8; 4] = [0x80, 0x40, 0, 0x40];

/// The nearest to the first of BITS.
fn search(codes: i32, corpus: *const u8, k: usize, floats: *const f32, err: Err) -> (Status, [u64; 4], [f32; 4]) {
    let (mut index, mut score) = ([77; 4], [7.5; 4]);
    let (i, s, query) = (index.as_mut_ptr(), score.as_mut_ptr(), BITS.as_ptr());
    let status = unsafe { glyxel_top_k_quantized(query, 1, corpus, 4, 2, codes, k, floats, 0, null_mut(), i, s, err) };
    assert!(status == GLYXEL_OK || index == [77; 4]);
    (status, index, score)
}

#[test]
fn what_quantising_refuses() {
    let wrong = GLYXEL_INVALID_ARGUMENT;
    let with = |ranges: [f32; 4], err| quantize(&CORPUS, 2, 0, ranges.as_ptr(), &mut [0; 8], err);
    said(wrong, "codes is 4", &|err| {
        quantize(&CORPUS, 2, 4, null(), &mut [0; 8], err)
    });
    said(wrong, "dim is 0", &|err| {
        quantize(&CORPUS, 0, 0, null(), &mut [0; 8], err)
    });
    said(wrong, "out_len is 7", &|err| {
        quantize(&CORPUS, 2, 0, null(), &mut [0; 7], err)
    });
    said(wrong, "dimension 0 goes from 1 to 0", &|err| {
        with([1., 0., 0., 1.], err)
    });
    said(wrong, "dimension 1 goes from 0 to NaN", &|err| {
        with([1., 0., 1., f32::NAN], err)
    });
    for codes in [GLYXEL_INT8, GLYXEL_BINARY] {
        said(wrong, "vectors[1]: value 0", &|err| {
            quantize(&[0., 0., f32::NAN, 0.], 2, codes, null(), &mut [0; 8], err)
        });
    }
    let range = |n: usize, room: usize, err| unsafe {
        glyxel_quantize_ranges(CORPUS.as_ptr(), n, 2, null_mut(), [0.; 4].as_mut_ptr(), room, err)
    };
    said(wrong, "there are no vectors", &|err| range(0, 4, err));
    said(wrong, "out_len is 3", &|err| range(4, 3, err));
    let bits = BITS.as_ptr();
    said(wrong, "k is 5", &|err| search(GLYXEL_UBINARY, bits, 5, null(), err).0);
    said(wrong, "corpus is NULL", &|err| {
        search(GLYXEL_UBINARY, null(), 1, null(), err).0
    });
    said(wrong, "codes is -1", &|err| search(-1, bits, 1, null(), err).0);
    let bad = [f32::NAN, 0.];
    said(wrong, "float_queries[0]: value 0 is NaN", &|err| {
        search(GLYXEL_UBINARY, bits, 1, bad.as_ptr(), err).0
    });
}
