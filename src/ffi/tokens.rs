//! Texts to a vector for each token.

use std::mem::offset_of;

use super::control::{self, glyxel_control};
use super::embed::read_normalize;
use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::handle::{Kind, Table};
use super::model::{self, glyxel_model};
use super::str::{self, glyxel_str};
use super::versioned::{self, Versioned};
use crate::error::{Error, Result};
use crate::tasks::embed_tokens::{self, Role, TokenOptions, TokenVectors};

/// A text as it is: what glyxel_embed_texts reads.
pub const GLYXEL_TEXT: i32 = 0;
/// A query of a model for late interaction (ColBERT): with its marker and, if the model was trained so, filled up with mask tokens,
/// which have vectors, too.
pub const GLYXEL_QUERY: i32 = 1;
/// A document of such a model: with its marker; tokens on the model's skip list (mostly punctuation) have no vector.
pub const GLYXEL_DOCUMENT: i32 = 2;

/// Which vectors tokens get. Set struct_size to sizeof(glyxel_token_options); all else may be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct glyxel_token_options {
    pub struct_size: u32,
    /// 0: the vectors that the model gives its tokens: those of a model for late interaction (projected, of length 1), else the last
    /// hidden state. n > 0: hidden state n as transformers numbers hidden_states: what layer n gives. n < 0: from the end, as Python
    /// counts: -1 is the last, -(layers + 1) the embeddings. How many "layers" there are stands in glyxel_model_info, under "text".
    pub layer: i32,
    /// GLYXEL_TEXT, GLYXEL_QUERY or GLYXEL_DOCUMENT; the last two with models for late interaction only.
    pub role: i32,
    /// Scale each vector to length 1: 0 as the model says (not hidden states), 1 yes, 2 no.
    pub normalize: i32,
    /// Put before each text, as in glyxel_embed_options. Its tokens have vectors, too.
    pub prompt: glyxel_str,
}

// SAFETY: integers and a pointer with a length, laid out without padding.
unsafe impl Versioned for glyxel_token_options {
    const NAME: &'static str = "glyxel_token_options";
    const ENDS: &'static [usize] = &[
        offset_of!(Self, layer),
        offset_of!(Self, role),
        offset_of!(Self, normalize),
        offset_of!(Self, prompt),
        size_of::<Self>(),
    ];
}

const _: () = assert!(size_of::<glyxel_token_options>() == 4 * 4 + size_of::<glyxel_str>());

unsafe fn read_options(pointer: *const glyxel_token_options) -> Result<TokenOptions> {
    let o = versioned::read(pointer)?;
    let role = match o.role {
        GLYXEL_TEXT => Role::Text,
        GLYXEL_QUERY => Role::Query,
        GLYXEL_DOCUMENT => Role::Document,
        other => {
            return Err(Error::InvalidArgument(format!(
                "glyxel_token_options: role is {other}; give GLYXEL_TEXT (0), GLYXEL_QUERY (1) or GLYXEL_DOCUMENT (2)"
            )))
        }
    };
    Ok(TokenOptions {
        layer: o.layer,
        role,
        normalize: read_normalize(o.normalize, glyxel_token_options::NAME)?,
        prompt: o.prompt.read(&"glyxel_token_options.prompt")?,
    })
}

/// The vectors of the tokens of some texts. A handle: a key, never to be followed.
pub struct glyxel_tokens(());

static TOKENS: Table<TokenVectors> = Table::new(Kind::Tokens);

/// Embeds the tokens of texts: each token becomes a vector, which depends on the whole text. These are a model's hidden states, of
/// any layer, or what a model for late interaction (ColBERT) was trained to give, to be compared with glyxel_max_sim. A text, with
/// its prompt, is cut after the model's max_length tokens; a query and a document after lengths of their own. Special tokens have
/// vectors, too. Calls from many threads are put into batches together.
///
/// m: the model.
/// texts, n: the texts; NULL if n is 0.
/// o: which vectors; NULL: those that the model gives its tokens.
/// c: watches, cancels or times the call; may be NULL.
/// out: gets the vectors, which the caller frees with glyxel_tokens_free.
/// Errors: GLYXEL_INVALID_ARGUMENT, also for a text that is not UTF-8 (the message says which and where), for a layer that the model
/// does not have and for a prompt that it does not have; GLYXEL_UNSUPPORTED if the model gives no vectors of tokens (then, or if it
/// was converted by an older version, the message says what to do), for a role with a model that is not for late interaction, or if o
/// asks for something that only a newer version knows; GLYXEL_OUT_OF_MEMORY; GLYXEL_DEVICE; GLYXEL_CANCELLED; GLYXEL_TIMEOUT.
#[no_mangle]
pub unsafe extern "C" fn glyxel_embed_tokens(
    m: *const glyxel_model,
    texts: *const glyxel_str,
    n: usize,
    o: *const glyxel_token_options,
    c: *mut glyxel_control,
    out: *mut *mut glyxel_tokens,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let (model, options, call) = (model::get(m)?, read_options(o)?, control::call(c)?);
        guard::not_null(out, "out")?;
        let texts = str::read_texts(texts, n, "texts")?;
        let tokens = embed_tokens::texts(&model, texts, &options, &call)?;
        out.write_unaligned(TOKENS.insert(tokens));
        Ok(())
    })
}

/// Says how many floats a vector has.
///
/// t: the vectors of tokens.
/// Returns the number; 0 if t is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_tokens_dim(t: *const glyxel_tokens) -> usize {
    guard::value(0, || Ok(TOKENS.get(t)?.dim))
}

/// Says how many vectors a text has: one for each of its tokens, less those that have none.
///
/// t: the vectors of tokens.
/// item: the text's place among those of the call.
/// Returns the number; 0 if there is no such text, or t is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_tokens_count(t: *const glyxel_tokens, item: usize) -> usize {
    guard::value(0, || Ok(TOKENS.get(t)?.counts.get(item).copied().unwrap_or(0)))
}

/// Gives the vectors of all texts, without copying them: what glyxel_max_sim takes.
///
/// t: the vectors of tokens.
/// vectors: gets the first of the rows of glyxel_tokens_dim(t) floats, which stand one after the other in the order of the texts and
///   of their tokens; they belong to t and live as long. May be NULL.
/// counts: gets the first of as many numbers as there are texts: how many rows each has; they belong to t and live as long. May be
///   NULL.
/// Errors: GLYXEL_INVALID_ARGUMENT if t is NULL; GLYXEL_INVALID_HANDLE if t was freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_tokens_vectors(
    t: *const glyxel_tokens,
    vectors: *mut *const f32,
    counts: *mut *const usize,
) -> glyxel_status {
    guard::status(std::ptr::null_mut(), || {
        let tokens = TOKENS.get(t)?;
        write(vectors, tokens.vectors.as_ptr());
        write(counts, tokens.counts.as_ptr());
        Ok(())
    })
}

/// Says which token a vector is of.
///
/// t: the vectors of tokens.
/// item: the text's place among those of the call.
/// token: the vector's place among those of the text.
/// id: gets the token's id; may be NULL.
/// piece: gets the token as the vocabulary writes it ("##ing", "▁the"), which belongs to t and lives as long; may be NULL.
/// begin, end: get the bytes of the text, as it was passed in and without the prompt, that the token came from: begin up to, but
///   without, end. 0 and 0 for a token that stands for no bytes of the text: a special one, one of the prompt, one that a query was filled
///   up with. May be NULL.
/// Errors: GLYXEL_INVALID_ARGUMENT if there is no such text or token, or t is NULL; GLYXEL_INVALID_HANDLE if t was freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_tokens_get(
    t: *const glyxel_tokens,
    item: usize,
    token: usize,
    id: *mut u32,
    piece: *mut glyxel_str,
    begin: *mut usize,
    end: *mut usize,
) -> glyxel_status {
    guard::status(std::ptr::null_mut(), || {
        let tokens = TOKENS.get(t)?;
        let found = tokens.token(item, token).ok_or_else(|| {
            Error::InvalidArgument(format!(
                "there is no token {token} of text {item}; ask glyxel_tokens_count"
            ))
        })?;
        write(id, found.id);
        write(piece, glyxel_str::new(tokens.piece(found.id)));
        write(begin, found.span.start);
        write(end, found.span.end);
        Ok(())
    })
}

unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: the caller's word; nothing need be aligned.
        out.write_unaligned(value);
    }
}

/// Frees vectors of tokens, and what was read from them.
///
/// t: the vectors of tokens, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_tokens_free(t: *mut glyxel_tokens) {
    guard::value((), || {
        TOKENS.remove(t);
        Ok(())
    })
}
