//! Pairs of texts to scores.

use std::sync::Arc;

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::model::{self, glyxel_model};
use super::output::{check_room, write};
use super::str::{self, glyxel_str};
use super::task::{self, glyxel_task_options};
use crate::tasks::pairs;

/// Says how well two texts go together, for each of n pairs, with a cross-encoder: mostly how well a document answers a query.
/// Scores are those of sentence-transformers' CrossEncoder, by its activation: mostly a sigmoid, so between 0 and 1, or none. A
/// pair that is too long for the model is cut, the longer text first.
///
/// m: the model: a checkpoint whose head has one logit.
/// a, b, n: the first and the second text of each pair, such as a query and a document; NULL if n is 0.
/// o: how; NULL: as the model says. Softmax has no meaning for one logit and is refused.
/// c: watches, cancels or times the call; may be NULL.
/// out, out_len: gets n scores, in the order of the pairs; out_len is how many fit. NULL if n is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where) and for an out_len
/// that is too small; GLYXEL_UNSUPPORTED if the model has no head or one of several classes, or o asks for something that
/// only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_score_pairs(
    m: *const glyxel_model,
    a: *const glyxel_str,
    b: *const glyxel_str,
    n: usize,
    o: *const glyxel_task_options,
    c: *mut glyxel_control,
    out: *mut f32,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (model, options, call) = (model::get(m)?, task::read_options(o)?, control::call(c)?);
        check_room(out, out_len, n, 1)?;
        let first = str::read_texts(a, n, "a")?.into_iter().map(Arc::new);
        let second = str::read_texts(b, n, "b")?.into_iter().map(Arc::new);
        let scores = pairs::score(&model, first.zip(second).collect(), &options, &call)?;
        write(out, &scores, n)
    })
}
