//! Texts and pictures to vectors.

use std::mem::offset_of;

use super::control::{self, glyxel_control};
use super::error::{glyxel_error, glyxel_status};
use super::image::{self, glyxel_image};
use super::model::glyxel_model;
use super::output::{check_room, write};
use super::str::{self, glyxel_str};
use super::versioned::{self, Versioned};
use super::{guard, model};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::tasks::embed::{self, EmbedOptions, Normalize};

/// How texts and pictures become vectors. Set struct_size to sizeof(glyxel_embed_options); all else may be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct glyxel_embed_options {
    pub struct_size: u32,
    /// Scale each vector to length 1: 0 as the model says, 1 yes, 2 no.
    pub normalize: i32,
    /// 0: all; else only the first dim floats of each vector, scaled to length 1 again if normalised (Matryoshka).
    pub dim: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Put before each text; must be empty for pictures. Empty: the model's default prompt, if it has one. "@": none. "@NAME": one of the model's own;
    /// "@query" and "@document" always exist. A text that begins with "@" can thus be no prompt itself.
    pub prompt: glyxel_str,
}

// SAFETY: integers and a pointer with a length, laid out without padding.
unsafe impl Versioned for glyxel_embed_options {
    const NAME: &'static str = "glyxel_embed_options";
    const ENDS: &'static [usize] = &[
        offset_of!(Self, normalize),
        offset_of!(Self, dim),
        offset_of!(Self, reserved),
        offset_of!(Self, prompt),
        size_of::<Self>(),
    ];
}

const _: () = assert!(size_of::<glyxel_embed_options>() == 4 * 4 + size_of::<glyxel_str>());

/// The field normalize of the options that are called so.
pub(super) fn read_normalize(number: i32, options: &str) -> Result<Normalize> {
    match number {
        0 => Ok(Normalize::AsModel),
        1 => Ok(Normalize::Yes),
        2 => Ok(Normalize::No),
        other => Err(Error::InvalidArgument(format!(
            "{options}: normalize is {other}; give 0 (as the model says), 1 (yes) or 2 (no)"
        ))),
    }
}

unsafe fn read_options(pointer: *const glyxel_embed_options) -> Result<EmbedOptions> {
    let o = versioned::read(pointer)?;
    if o.reserved != 0 {
        return Err(Error::Unsupported(format!(
            "glyxel_embed_options: reserved is {}, which this version gives no meaning; set it to 0",
            o.reserved
        )));
    }
    Ok(EmbedOptions {
        normalize: read_normalize(o.normalize, glyxel_embed_options::NAME)?,
        dim: o.dim as usize,
        prompt: o.prompt.read(&"glyxel_embed_options.prompt")?,
    })
}

/// Embeds texts: each becomes a vector, and texts of like meaning become near vectors; an empty text has a vector, too. A
/// text, with its prompt, is cut after the model's max_length tokens. Calls from many threads are put into batches together.
///
/// m: the model.
/// texts, n: the texts; NULL if n is 0.
/// o: how; NULL: as the model says.
/// c: watches, cancels or times the call; may be NULL.
/// out, out_len: gets n rows of glyxel_model_dim(m) floats (of o->dim, if that is set), in the order of the texts;
///   out_len is how many floats fit. NULL if n is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where), for an out_len
/// that is too small, for an o->dim larger than the model's and for a prompt that it does not have;
/// GLYXEL_UNSUPPORTED if the model does not embed texts, or o asks for something that only a newer version knows;
/// GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_embed_texts(
    m: *const glyxel_model,
    texts: *const glyxel_str,
    n: usize,
    o: *const glyxel_embed_options,
    c: *mut glyxel_control,
    out: *mut f32,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (model, options, call) = (model::get(m)?, read_options(o)?, control::call(c)?);
        let dim = width(&model, &options);
        check_room(out, out_len, n, dim)?;
        let texts = str::read_texts(texts, n, "texts")?;
        let vectors = embed::texts(&model, texts, &options, &call)?;
        write(out, &vectors, n * dim)
    })
}

/// Floats in a row. A dim larger than the model's is refused by the task, with a sentence of its own.
fn width(model: &Model, options: &EmbedOptions) -> usize {
    match options.dim {
        0 => model.dim(),
        dim => dim.min(model.dim()),
    }
}

/// Embeds pictures: each becomes a vector, and pictures that look alike become near vectors. Each is prepared as the model's
/// own preprocessing says; the vectors are not scaled to length 1 unless o says so. With a model of texts and pictures (CLIP,
/// SigLIP), texts that describe a picture are near it. Calls from many threads are put into batches together.
///
/// m: the model.
/// images, n: the pictures; NULL if n is 0.
/// o: how; NULL: as the model says.
/// c: watches, cancels or times the call; may be NULL.
/// out, out_len: gets n rows of glyxel_model_dim(m) floats (of o->dim, if that is set), in the order of the pictures;
///   out_len is how many floats fit. NULL if n is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a picture that cannot be decoded or has more pixels than max_image_pixels
/// allows (the message says which picture and why), for an out_len that is too small, for an o->dim larger than the
/// model's and for an o->prompt; GLYXEL_UNSUPPORTED if the model takes no pictures, or something asks for what only a newer
/// version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_embed_images(
    m: *const glyxel_model,
    images: *const glyxel_image,
    n: usize,
    o: *const glyxel_embed_options,
    c: *mut glyxel_control,
    out: *mut f32,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (model, options, call) = (model::get(m)?, read_options(o)?, control::call(c)?);
        let dim = width(&model, &options);
        check_room(out, out_len, n, dim)?;
        let pictures = image::read(images, n, &call)?;
        let vectors = embed::images(&model, pictures, &options, &call)?;
        write(out, &vectors, n * dim)
    })
}

/// Counts tokens: how long each text is to the model, before it is cut, special tokens included.
///
/// m: the model.
/// texts, n: the texts; NULL if n is 0.
/// out, out_len: gets n counts, in the order of the texts; out_len is how many fit. NULL if n is 0.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where) and for an
/// out_len that is too small; GLYXEL_UNSUPPORTED if the model takes no texts; GLYXEL_OUT_OF_MEMORY.
#[no_mangle]
pub unsafe extern "C" fn glyxel_count_tokens(
    m: *const glyxel_model,
    texts: *const glyxel_str,
    n: usize,
    out: *mut usize,
    out_len: usize,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let model = model::get(m)?;
        check_room(out, out_len, n, 1)?;
        let texts = str::read_texts(texts, n, "texts")?;
        let counts = embed::count_tokens(&model, texts)?;
        write(out, &counts, n)
    })
}
