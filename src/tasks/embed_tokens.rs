//! Texts → a vector for each token.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::embed::{joined, normalize, prompt, Normalize};
use super::tokens;
use crate::bundle::{LateInteractionManifest, TextManifest};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::model::{Model, TextEncoder, TextItem};
use crate::text::{Tokenizer, Tokens};

/// What a text is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Nothing special: what an embedding is made of.
    #[default]
    Text,
    Query,
    Document,
}

#[derive(Debug, Clone, Default)]
pub struct TokenOptions {
    /// 0: what the model says; n: hidden state n; -n: the n-th from the end.
    pub layer: i32,
    pub role: Role,
    pub normalize: Normalize,
    /// As of `EmbedOptions`.
    pub prompt: String,
}

/// A token and the bytes of the text that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: u32,
    pub span: Range<usize>,
}

/// The vectors of the tokens of some texts, and what these tokens are.
pub struct TokenVectors {
    pub dim: usize,
    /// One after the other: rows of `dim`.
    pub vectors: Vec<f32>,
    /// How many each text has.
    pub counts: Vec<usize>,
    items: Vec<Vec<Token>>,
    pieces: HashMap<u32, String>,
}

impl TokenVectors {
    pub fn token(&self, item: usize, token: usize) -> Option<&Token> {
        self.items.get(item)?.get(token)
    }

    /// A token as the vocabulary writes it.
    pub fn piece(&self, id: u32) -> &str {
        self.pieces.get(&id).map_or("", String::as_str)
    }
}

/// What is read of a text, and which of its tokens have a vector.
struct Encoded {
    item: TextItem,
    tokens: Vec<Token>,
    kept: Vec<bool>,
}

pub fn texts(model: &Arc<Model>, texts: Vec<String>, options: &TokenOptions, call: &Call) -> Result<TokenVectors> {
    let encoder = model.tokens()?;
    let manifest = encoder.manifest();
    let late = manifest.late_interaction.as_ref();
    if options.role != Role::Text && late.is_none() {
        return Err(Error::Unsupported(format!(
            "the role of a query or a document is for models that were trained for late interaction (ColBERT), and this model ({}) was not; leave the role GLYXEL_TEXT, or take one of those",
            model.manifest().architecture
        )));
    }
    let hidden_states = |n| {
        let states = encoder.hidden_states();
        let states =
            states.ok_or_else(|| Error::Unsupported("this bundle holds no hidden states; set layer to 0".into()))?;
        Ok::<_, Error>((states.queue(n, call)?, manifest.hidden_size))
    };
    let (queue, dim) = match (options.layer, late, encoder.embed_tokens()) {
        (0, Some(late), Some(queue)) => (queue.clone(), late.dim),
        (0, ..) => hidden_states(manifest.layers)?,
        (layer, ..) => hidden_states(state(layer, manifest)?)?,
    };
    let normalized = match options.normalize {
        Normalize::AsModel => options.layer == 0 && late.is_some(),
        Normalize::Yes => true,
        Normalize::No => false,
    };
    let (items, tokens, kept) = unzip(encode(encoder, texts, options, call)?);
    let rows = queue.submit(items, call)?;
    collect(encoder.tokenizer(), rows, tokens, &kept, dim, normalized)
}

/// Which hidden state is meant.
fn state(layer: i32, manifest: &TextManifest) -> Result<usize> {
    let states = manifest.layers as i64 + 1;
    let layer = i64::from(layer);
    let state = if layer < 0 { states + layer } else { layer };
    usize::try_from(state).ok().filter(|_| state < states).ok_or_else(|| {
        Error::InvalidArgument(format!(
            "layer is {layer}, but the model has {} layers; give one from -{states} (the embeddings) to {}",
            manifest.layers, manifest.layers
        ))
    })
}

fn encode(encoder: &TextEncoder, texts: Vec<String>, options: &TokenOptions, call: &Call) -> Result<Vec<Encoded>> {
    let tokenizer = encoder.tokenizer().clone();
    let late = encoder.manifest().late_interaction.clone();
    let prompt = prompt(encoder, &options.prompt)?;
    let role = options.role;
    tokens::items(texts, call, move |text: &String| {
        let whole = match prompt.as_str() {
            "" => None,
            prompt => Some(joined(prompt, text)?),
        };
        let reading = Reading {
            tokenizer: &tokenizer,
            text: whole.as_deref().unwrap_or(text),
            prompt: prompt.len(),
        };
        match (&late, role) {
            (Some(late), Role::Query) => reading.query(late),
            (Some(late), Role::Document) => reading.document(late),
            _ => reading.text(),
        }
    })
}

/// A text behind its prompt.
struct Reading<'a> {
    tokenizer: &'a Tokenizer,
    text: &'a str,
    /// The prompt's bytes.
    prompt: usize,
}

impl Reading<'_> {
    fn text(&self) -> Result<Encoded> {
        let (tokens, spans) = self.spans(self.tokenizer.settings().max_length)?;
        Ok(Encoded::new(tokens, spans))
    }

    fn query(&self, late: &LateInteractionManifest) -> Result<Encoded> {
        let max_length = late.query.max_length;
        let (mut tokens, mut spans) = self.marked(late.query.marker, max_length)?;
        let attended = tokens.ids.len();
        if let Some(expansion) = late.expansion {
            tokens.ids.resize(max_length.max(attended), expansion.token);
            tokens.type_ids.resize(tokens.ids.len(), 0);
            spans.resize(tokens.ids.len(), 0..0);
        }
        let mut encoded = Encoded::new(tokens, spans);
        if late.expansion.is_some_and(|expansion| !expansion.attended) {
            encoded.item.attended = attended;
        }
        Ok(encoded)
    }

    fn document(&self, late: &LateInteractionManifest) -> Result<Encoded> {
        let (tokens, spans) = self.marked(late.document.marker, late.document.max_length)?;
        let mut encoded = Encoded::new(tokens, spans);
        for (kept, token) in encoded.kept.iter_mut().zip(&encoded.tokens) {
            *kept = late.skipped.binary_search(&token.id).is_err();
        }
        Ok(encoded)
    }

    /// With a marker behind the first token.
    fn marked(&self, marker: Option<u32>, max_length: usize) -> Result<(Tokens, Vec<Range<usize>>)> {
        let Some(marker) = marker else {
            return self.spans(max_length);
        };
        let (mut tokens, mut spans) = self.spans(max_length.saturating_sub(1))?;
        let at = tokens.ids.len().min(1);
        tokens.ids.insert(at, marker);
        tokens.type_ids.insert(at, 0);
        spans.insert(at, 0..0);
        Ok((tokens, spans))
    }

    /// Spans are those of the text without its prompt.
    fn spans(&self, max_length: usize) -> Result<(Tokens, Vec<Range<usize>>)> {
        let (tokens, mut spans) = self.tokenizer.encode_with_spans(self.text, max_length)?;
        for span in &mut spans {
            *span = span.start.saturating_sub(self.prompt)..span.end.saturating_sub(self.prompt);
            if span.start >= span.end {
                *span = 0..0;
            }
        }
        Ok((tokens, spans))
    }
}

impl Encoded {
    fn new(tokens: Tokens, spans: Vec<Range<usize>>) -> Self {
        let listed = tokens.ids.iter().zip(spans).map(|(id, span)| Token { id: *id, span });
        Encoded {
            tokens: listed.collect(),
            kept: vec![true; tokens.ids.len()],
            item: TextItem::new(tokens),
        }
    }
}

fn unzip(encoded: Vec<Encoded>) -> (Vec<TextItem>, Vec<Vec<Token>>, Vec<Vec<bool>>) {
    let (mut items, mut tokens, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for one in encoded {
        items.push(one.item);
        tokens.push(one.tokens);
        kept.push(one.kept);
    }
    (items, tokens, kept)
}

/// The vectors of the tokens that keep theirs, one after the other.
fn collect(
    tokenizer: &Tokenizer,
    rows: Vec<Vec<f32>>,
    mut items: Vec<Vec<Token>>,
    kept: &[Vec<bool>],
    dim: usize,
    normalized: bool,
) -> Result<TokenVectors> {
    let total: usize = kept.iter().flatten().filter(|kept| **kept).count();
    let mut vectors: Vec<f32> = Vec::new();
    let room = total.checked_mul(dim).filter(|n| vectors.try_reserve_exact(*n).is_ok());
    room.ok_or_else(|| {
        Error::OutOfMemory(format!(
            "no memory for {total} vectors of {dim} values; pass fewer texts at once"
        ))
    })?;
    let mut counts = Vec::new();
    for ((mut row, tokens), kept) in rows.into_iter().zip(&mut items).zip(kept) {
        for (vector, _) in row.chunks_exact_mut(dim).zip(kept).filter(|(_, kept)| **kept) {
            if normalized {
                normalize(vector);
            }
            vectors.extend_from_slice(vector);
        }
        let mut kept = kept.iter();
        tokens.retain(|_| kept.next() == Some(&true));
        counts.push(tokens.len());
    }
    let mut pieces = HashMap::new();
    for token in items.iter().flatten() {
        pieces
            .entry(token.id)
            .or_insert_with(|| tokenizer.piece(token.id).unwrap_or_default());
    }
    if vectors.len() != total * dim {
        return Err(Error::Internal(format!(
            "{} values were made where {total} vectors of {dim} are due",
            vectors.len()
        )));
    }
    Ok(TokenVectors {
        dim,
        vectors,
        counts,
        items,
        pieces,
    })
}
