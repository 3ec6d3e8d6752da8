//! Texts and pictures to labels that the model was never trained for.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::image::{self, glyxel_image};
use super::model::{self, glyxel_model};
use super::output::{check_room, write};
use super::str::{self, glyxel_str};
use super::task::{self, glyxel_task_options};
use crate::tasks::{entailment, zero_shot};

/// Says how well labels of the caller's choosing fit pictures, with a model of texts and pictures. CLIP shares out certainty
/// among the labels (softmax: a row sums to 1); SigLIP asks of each label whether it fits (sigmoid).
///
/// m: the model.
/// images, n: the pictures; NULL if n is 0.
/// labels, n_labels: the labels, such as "cat" or "a dog in the snow"; NULL if n_labels is 0.
/// o: how; NULL: as the model says, each label put into "This is a photo of {}."
/// c: watches, cancels or times the call; may be NULL.
/// out, out_len: gets n rows of n_labels scores, in the order of the pictures and labels; out_len is how many fit. NULL if
///   there are none.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a label that is not UTF-8, for a picture that cannot be decoded or has more
/// pixels than max_image_pixels allows (the message says which and why), for an out_len that is too small, for a
/// template without "{}" and for template_ beside templates; GLYXEL_UNSUPPORTED if the model does not compare pictures with
/// texts, or something asks for what only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED;
/// GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_zero_shot_images(
    m: *const glyxel_model,
    images: *const glyxel_image,
    n: usize,
    labels: *const glyxel_str,
    n_labels: usize,
    o: *const glyxel_task_options,
    c: *mut glyxel_control,
    out: *mut f32,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (model, options, call) = (model::get(m)?, task::read_options(o)?, control::call(c)?);
        check_room(out, out_len, n, n_labels)?;
        let labels = str::read_texts(labels, n_labels, "labels")?;
        let pictures = image::read(images, n, &call)?;
        let scores = zero_shot::images(&model, pictures, labels, &options, &call)?;
        write(out, &scores, n * n_labels)
    })
}

/// Says how well labels of the caller's choosing fit texts, with a model trained on inference (NLI): whether a text entails
/// "This example is LABEL." Scores are those of transformers' zero-shot-classification pipeline. With softmax, the default, a
/// text has one of the labels and a row sums to 1; with sigmoid (multi_label there) each label is asked for by itself,
/// entailment against contradiction, as a single label always is; with none a score is the logit of entailment. A text that
/// is too long is cut, a label's sentence never.
///
/// m: the model: a checkpoint with a head one of whose labels begins with "entail".
/// texts, n: the texts; NULL if n is 0.
/// labels, n_labels: the labels, such as "politics" or "a complaint"; NULL if n_labels is 0.
/// o: how; NULL: softmax, each label put into "This example is {}."
/// c: watches, cancels or times the call; may be NULL.
/// out, out_len: gets n rows of n_labels scores, in the order of the texts and labels; out_len is how many fit. NULL if there
///   are none.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a text or label that is not UTF-8 (the message says which and where), for a label
/// so long that no text fits beside it, for an out_len that is too small, for a template without "{}" and for template_
/// beside templates;
/// GLYXEL_UNSUPPORTED if the model was not trained on inference, or o asks for something that only a newer version knows;
/// GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_zero_shot_texts(
    m: *const glyxel_model,
    texts: *const glyxel_str,
    n: usize,
    labels: *const glyxel_str,
    n_labels: usize,
    o: *const glyxel_task_options,
    c: *mut glyxel_control,
    out: *mut f32,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (model, options, call) = (model::get(m)?, task::read_options(o)?, control::call(c)?);
        check_room(out, out_len, n, n_labels)?;
        let labels = str::read_texts(labels, n_labels, "labels")?;
        let texts = str::read_texts(texts, n, "texts")?;
        let scores = entailment::texts(&model, texts, labels, &options, &call)?;
        write(out, &scores, n * n_labels)
    })
}
