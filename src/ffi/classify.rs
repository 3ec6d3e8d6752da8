//! Texts and pictures to labels.

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::image::{self, glyxel_image};
use super::model::{self, glyxel_model};
use super::predictions::{self, glyxel_predictions};
use super::str::{self, glyxel_str};
use super::task::{self, glyxel_task_options};
use crate::tasks::classify;

/// Says what texts are, by the classes that a model was trained on, such as sentiments or topics: each text gets the classes
/// with a score, the likeliest first. A text is cut after the model's max_length tokens. Names of classes are the checkpoint's
/// (id2label), or LABEL_0, LABEL_1 and so on. Scores are those of transformers' pipelines: a softmax over the classes; a sigmoid
/// for each class of a model of many labels, or for a model of one class; the number itself for a regression.
///
/// m: the model: a checkpoint with a head for whole texts (transformers: a class that ends in ForSequenceClassification).
/// texts, n: the texts; NULL if n is 0.
/// o: how; NULL: as the model says, all classes.
/// c: watches, cancels or times the call; may be NULL.
/// out: gets the predictions, an item for each text in their order; free them with glyxel_predictions_free.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where);
/// GLYXEL_UNSUPPORTED if the model classifies no texts, or o asks for something that only a newer version knows;
/// GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_classify_texts(
    m: *const glyxel_model,
    texts: *const glyxel_str,
    n: usize,
    o: *const glyxel_task_options,
    c: *mut glyxel_control,
    out: *mut *mut glyxel_predictions,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        let (model, options, call) = (model::get(m)?, task::read_options(o)?, control::call(c)?);
        let texts = str::read_texts(texts, n, "texts")?;
        let predictions = classify::texts(&model, texts, &options, &call)?;
        out.write_unaligned(predictions::insert(predictions));
        Ok(())
    })
}

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
        let pictures = image::read(images, n, &call)?;
        let predictions = classify::images(&model, pictures, &options, &call)?;
        out.write_unaligned(predictions::insert(predictions));
        Ok(())
    })
}
