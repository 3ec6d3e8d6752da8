//! Texts and pictures → vectors.

use std::sync::Arc;

use super::{pictures, tokens};
use crate::control::Call;
use crate::engine;
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Model, Task, TextEncoder, TextItem};

/// Whether vectors are brought to length 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalize {
    #[default]
    AsModel,
    Yes,
    No,
}

#[derive(Debug, Clone, Default)]
pub struct EmbedOptions {
    pub normalize: Normalize,
    /// 0: all values; else the first `dim` (Matryoshka), brought to length 1 again if the vectors are normalised.
    pub dim: usize,
    /// Put before each text; "@name" is one of the model's own prompts; empty: the model's default prompt, if it has one;
    /// "@": none.
    pub prompt: String,
}

/// The texts' vectors, one after the other: texts.len() × dim values.
pub fn texts(model: &Arc<Model>, texts: Vec<String>, options: &EmbedOptions, call: &Call) -> Result<Vec<f32>> {
    model.offers(Task::EmbedTexts)?;
    let encoder = model.text()?;
    let normalized = match options.normalize {
        Normalize::AsModel => encoder.manifest().normalize,
        Normalize::Yes => true,
        Normalize::No => false,
    };
    let queue = match normalized {
        true => encoder.embed(),
        false => encoder.embed_unnormalized()?,
    };
    let queue = queue.ok_or_else(|| Error::Internal("a model that embeds texts has no queue for them".into()))?;
    let dim = dim(encoder.dim(), options)?;
    let prompt = prompt(encoder, &options.prompt)?;
    let rows = queue.submit(tokenize(encoder, texts, prompt, call)?, call)?;

    // A Normalize of the model's own may have done it already, unless values are cut off here.
    let done = encoder.normalizes() && options.normalize == Normalize::AsModel && dim == encoder.dim();
    joined_rows(rows, dim, normalized && !done)
}

/// The pictures' vectors, one after the other: pictures.len() × dim values.
pub fn images(model: &Arc<Model>, pictures: Vec<Picture>, options: &EmbedOptions, call: &Call) -> Result<Vec<f32>> {
    model.offers(Task::EmbedImages)?;
    let encoder = model.image()?;
    let dim = dim(encoder.dim(), options)?;
    if !options.prompt.is_empty() {
        return Err(Error::InvalidArgument(format!(
            "the prompt {:?} is set, but a prompt is put before texts, not before pictures; leave it empty",
            options.prompt
        )));
    }
    let rows = pictures::rows(encoder.embed(), encoder.preparation(), pictures, call)?;
    // No image encoder normalises by itself.
    joined_rows(rows, dim, options.normalize == Normalize::Yes)
}

/// The first `dim` values of each row, one row after the other.
fn joined_rows(rows: Vec<Vec<f32>>, dim: usize, normalized: bool) -> Result<Vec<f32>> {
    let mut vectors = Vec::new();
    let room = rows
        .len()
        .checked_mul(dim)
        .filter(|n| vectors.try_reserve_exact(*n).is_ok());
    room.ok_or_else(|| Error::OutOfMemory(format!("no memory for {} vectors of {dim} values", rows.len())))?;
    for mut row in rows {
        row.truncate(dim);
        if normalized {
            normalize(&mut row);
        }
        vectors.extend_from_slice(&row);
    }
    Ok(vectors)
}

/// The tokens each text has before it is cut, special ones included.
pub fn count_tokens(model: &Arc<Model>, texts: Vec<String>) -> Result<Vec<usize>> {
    let tokenizer = model.text()?.tokenizer().clone();
    let count = move |texts: Vec<String>, _: &Call| {
        texts
            .iter()
            .map(|text| tokenizer.count(text))
            .collect::<Result<Vec<_>>>()
    };
    Ok(engine::map(&Call::unwatched(), tokens::pieces(texts), count)?.concat())
}

fn dim(whole: usize, options: &EmbedOptions) -> Result<usize> {
    match options.dim {
        0 => Ok(whole),
        dim if dim <= whole => Ok(dim),
        dim => Err(Error::InvalidArgument(format!(
            "dim {dim} was asked for, but the model's vectors have {whole} values; ask for at most that, or 0 for all"
        ))),
    }
}

/// The text to put before each input.
pub(super) fn prompt(encoder: &TextEncoder, asked: &str) -> Result<String> {
    let manifest = encoder.manifest();
    let named = |name: &str| {
        // sentence-transformers gives every model these two, empty unless it says more.
        let given = matches!(name, "query" | "document").then(String::new);
        manifest.prompts.get(name).cloned().or(given).ok_or_else(|| {
            let known = manifest
                .prompts
                .keys()
                .map(|k| format!("@{k}"))
                .collect::<Vec<_>>()
                .join(", ");
            let known = if known.is_empty() {
                "it has none".into()
            } else {
                format!("it has {known}")
            };
            Error::InvalidArgument(format!("the model has no prompt {name:?}; {known}"))
        })
    };
    match (asked.strip_prefix('@'), asked, &manifest.default_prompt_name) {
        (Some(""), ..) => Ok(String::new()),
        (Some(name), ..) => named(name),
        (None, "", Some(name)) => named(name),
        _ => Ok(asked.to_string()),
    }
}

fn tokenize(encoder: &TextEncoder, texts: Vec<String>, prompt: String, call: &Call) -> Result<Vec<TextItem>> {
    let tokenizer = encoder.tokenizer().clone();
    let prompt_length = match encoder.manifest().include_prompt || prompt.is_empty() {
        true => 0,
        false => encoder.tokenizer().prompt_length(&prompt)?,
    };
    let padded = encoder.manifest().padded;
    let encode = move |text: &str| match padded {
        true => tokenizer.encode_padded(text),
        false => tokenizer.encode(text),
    };
    tokens::items(texts, call, move |text| {
        let tokens = match prompt.as_str() {
            "" => encode(text)?,
            prompt => encode(&joined(prompt, text)?)?,
        };
        Ok(TextItem {
            prompt_length,
            ..TextItem::new(tokens)
        })
    })
}

/// The caller chooses both sizes, so there may be no memory for them together.
pub(super) fn joined(prompt: &str, text: &str) -> Result<String> {
    let length = prompt.len().saturating_add(text.len());
    let mut joined = String::new();
    joined
        .try_reserve_exact(length)
        .map_err(|_| Error::OutOfMemory(format!("no memory for a prompt and a text of {length} bytes together")))?;
    joined.push_str(prompt);
    joined.push_str(text);
    Ok(joined)
}

pub(super) fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    // What is no number stays so.
    let norm = if norm < 1e-12 { 1e-12 } else { norm };
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
}
