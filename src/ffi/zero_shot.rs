//! Pictures to labels that the model was never trained for.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::image::{self, glyxel_image};
use super::model::{self, glyxel_model};
use super::output::{check_room, write};
use super::str::{self, glyxel_str};
use super::task::{self, glyxel_task_options};
use crate::tasks::zero_shot;

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
/// pixels than max_image_pixels allows (the message says which and why), for an out_len that is too small and for a
/// template without "{}"; GLYXEL_UNSUPPORTED if the model does not compare pictures with texts, or something asks for what
/// only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
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
        let pictures = image::read(images, n)?;
        let scores = zero_shot::images(&model, pictures, labels, &options, &call)?;
        write(out, &scores, n * n_labels)
    })
}
