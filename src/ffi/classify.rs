//! Pictures to labels.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::image::{self, glyxel_image};
use super::model::{self, glyxel_model};
use super::predictions::{self, glyxel_predictions};
use super::task::{self, glyxel_task_options};
use crate::tasks::classify;

/// Says what is on pictures: each gets the model's classes with a score, the likeliest first. Names of classes are the
/// checkpoint's; a head of 1,000 classes without names is taken for one of ImageNet-1k.
///
/// m: the model.
/// images, n: the pictures; NULL if n is 0.
/// o: how; NULL: as the model says, all classes.
/// c: watches, cancels or times the call; may be NULL.
/// out: gets the predictions, an item for each picture in their order; free them with glyxel_predictions_free.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a picture that cannot be decoded or has more pixels than max_image_pixels
/// allows (the message says which picture and why); GLYXEL_UNSUPPORTED if the model classifies no pictures, or something asks
/// for what only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_classify_images(
    m: *const glyxel_model,
    images: *const glyxel_image,
    n: usize,
    o: *const glyxel_task_options,
    c: *mut glyxel_control,
    out: *mut *mut glyxel_predictions,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        let (model, options, call) = (model::get(m)?, task::read_options(o)?, control::call(c)?);
        let pictures = image::read(images, n)?;
        let predictions = classify::images(&model, pictures, &options, &call)?;
        out.write_unaligned(predictions::insert(predictions));
        Ok(())
    })
}
