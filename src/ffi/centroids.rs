//! Labels from a few examples.

use std::sync::{Mutex, MutexGuard};

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::handle::{Kind, Table};
use super::output::{check_room, write};
use super::vectors::{check_dim, Rows};
use crate::error::{Error, Result};
use crate::tasks::similarity::centroids::Centroids;

/// What was learned of some labels. A handle: a key, never to be followed.
pub struct glyxel_centroids(());

static CENTROIDS: Table<Mutex<Centroids>> = Table::new(Kind::Centroids);

fn lock(centroids: &Mutex<Centroids>) -> MutexGuard<'_, Centroids> {
    centroids.lock().unwrap_or_else(|e| e.into_inner())
}

/// Makes a classifier that learns labels from a few examples of each: the intents of a chatbot, the topics of letters. A
/// label's centroid is the mean of its examples' vectors, each brought to length 1 before, and a vector gets the label
/// whose centroid is nearest. Any thread may add examples while others classify.
///
/// n_labels: how many labels there are; they are numbered from 0.
/// dim: floats in a vector.
/// out: gets the classifier; free it with glyxel_centroids_free.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for no labels and for a dim of 0; GLYXEL_OUT_OF_MEMORY.
#[no_mangle]
pub unsafe extern "C" fn glyxel_centroids_new(
    n_labels: usize,
    dim: usize,
    out: *mut *mut glyxel_centroids,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        check_dim(dim)?;
        out.write_unaligned(CENTROIDS.insert(Mutex::new(Centroids::new(n_labels, dim)?)));
        Ok(())
    })
}

/// Learns examples, all of them or, on failure, none.
///
/// s: the classifier.
/// vectors, n: n rows of as many floats as it was made for, one after the other; NULL if n is 0.
/// labels: for each vector the number of its label; NULL if n is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a label that is none and for a vector with a NaN or an infinity (the message
/// says which); GLYXEL_OUT_OF_MEMORY.
#[no_mangle]
pub unsafe extern "C" fn glyxel_centroids_add(
    s: *mut glyxel_centroids,
    vectors: *const f32,
    labels: *const i32,
    n: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let centroids = CENTROIDS.get(s)?;
        let dim = lock(&centroids).dim();
        let vectors = Rows::new(vectors, n, dim, "vectors")?;
        let labels = Rows::new(labels, n, 1, "labels")?;
        let (vectors, labels) = (vectors.all()?, labels.all()?);
        let mut centroids = lock(&centroids);
        centroids.add(&vectors, &labels)
    })
}

/// Gives each vector the label whose centroid is nearest, of equally near ones the lower. Labels without examples are given
/// to none.
///
/// s: the classifier.
/// vectors, n: n rows of as many floats as it was made for, one after the other; NULL if n is 0.
/// threshold: the least cosine, from -1 to 1; a vector that is nearer to no centroid gets no label. -1: every one gets one.
/// c: watches, cancels or times the call; may be NULL.
/// out_label: gets for each vector the number of its label, -1 for none; NULL if n is 0.
/// out_score: gets for each vector the cosine with the nearest centroid, also where that is below the threshold; may be NULL.
/// Errors: GLYXEL_INVALID_ARGUMENT, also if there are no examples yet, for a threshold that is no cosine, and for a
/// vector with a NaN or an infinity (the message says which); GLYXEL_OUT_OF_MEMORY; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_centroids_classify(
    s: *const glyxel_centroids,
    vectors: *const f32,
    n: usize,
    threshold: f32,
    c: *mut glyxel_control,
    out_label: *mut i32,
    out_score: *mut f32,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (centroids, call) = (CENTROIDS.get(s)?, control::call(c)?);
        if n > 0 {
            guard::not_null(out_label, "out_label")?;
        }
        let (dim, learned) = {
            let mut centroids = lock(&centroids);
            (centroids.dim(), centroids.learned()?)
        };
        let vectors = Rows::new(vectors, n, dim, "vectors")?;
        let answers = learned.classify(vectors.all()?, threshold, &call)?;
        let labels: Vec<i32> = answers
            .iter()
            .map(|a| a.label.map_or(-1, |label| label as i32))
            .collect();
        let scores: Vec<f32> = answers.iter().map(|a| a.score).collect();
        check_count(answers.len(), n)?;
        write(out_label, &labels, n)?;
        match out_score.is_null() {
            true => Ok(()),
            false => write(out_score, &scores, n),
        }
    })
}

fn check_count(answers: usize, n: usize) -> Result<()> {
    match answers == n {
        true => Ok(()),
        false => Err(Error::Internal(format!("{answers} answers to {n} vectors"))),
    }
}

/// Reads the centroid of a label, to look at or to keep: added to a new classifier as the label's only example, it
/// classifies as this one does.
///
/// s: the classifier.
/// label: the label's number.
/// out, out_len: gets the centroid, of length 1 (zeros if there are no examples, or if they cancel each other out); out_len
///   is how many floats fit. May be NULL with 0.
/// count: gets the number of the label's examples; may be NULL.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a label that is none and for an out_len that is too small.
#[no_mangle]
pub unsafe extern "C" fn glyxel_centroids_get(
    s: *const glyxel_centroids,
    label: usize,
    out: *mut f32,
    out_len: usize,
    count: *mut u64,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let centroids = CENTROIDS.get(s)?;
        let (centroid, examples) = lock(&centroids).get(label)?;
        if !out.is_null() || out_len > 0 {
            check_room(out, out_len, 1, centroid.len())?;
            write(out, &centroid, centroid.len())?;
        }
        if !count.is_null() {
            // SAFETY: not NULL, so it can be written, by the caller's word.
            count.write_unaligned(examples);
        }
        Ok(())
    })
}

/// Frees a classifier. Calls that use it go on.
///
/// s: the classifier, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_centroids_free(s: *mut glyxel_centroids) {
    guard::value((), || {
        CENTROIDS.remove(s);
        Ok(())
    })
}
