//! SentencePiece models (`spm.model`, `sentencepiece.bpe.model`, `spiece.model`, `tokenizer.model`): the message
//! `ModelProto` of `sentencepiece_model.proto`, as far as `transformers` 5.17 makes use of it. What else such a model
//! says about its normalization (`add_dummy_prefix`, `remove_extra_whitespaces`) `transformers` leaves unread.

mod charsmap;
mod merges;
#[cfg(test)]
mod tests;
mod wire;

use serde_json::{json, Value as Json};

use crate::error::{Error, Result};
use wire::{Fields, Value};

/// The largest vocabulary known, XLM-V's, has 901,629 pieces.
const MOST_PIECES: usize = 1 << 20;
/// In bytes. SentencePiece learns pieces of 16 characters; only tokens that somebody chose are longer. The tokenizers
/// crate recurses as deep as a piece is long.
const LONGEST_PIECE: usize = 512;

/// What becomes of a piece, of the enumeration `SentencePiece.Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    Learned,
    /// `<s>`: never found in a text by the model itself.
    Control,
    /// Found in a text before all else.
    UserDefined,
    /// Unknown, unused or a byte: never found in a text by the model itself either, but no token that is added to a tokenizer.
    Reserved,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece<'a> {
    pub text: &'a str,
    pub score: f32,
    pub kind: PieceKind,
}

/// A `ModelProto`, borrowed from the bytes of its file.
#[derive(Debug)]
pub struct SentencePiece<'a> {
    pub pieces: Vec<Piece<'a>>,
    /// Whether the model is Unigram's; `transformers` runs all others as BPE.
    pub unigram: bool,
    pub byte_fallback: bool,
    pub unk: (i32, &'a str),
    pub bos: (i32, &'a str),
    pub eos: (i32, &'a str),
    charsmap: &'a [u8],
}

impl<'a> SentencePiece<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        // The defaults of the fields, which are not written where they hold.
        let mut model = Self {
            pieces: Vec::new(),
            unigram: true,
            byte_fallback: false,
            unk: (0, "<unk>"),
            bos: (1, "<s>"),
            eos: (2, "</s>"),
            charsmap: &[],
        };
        let mut fields = Fields::of(bytes);
        while let Some(field) = fields.next()? {
            match field {
                (1, Value::Bytes(piece)) => model.add_piece(piece)?,
                (2, Value::Bytes(spec)) => model.read_trainer_spec(spec)?,
                (3, Value::Bytes(spec)) => model.read_normalizer_spec(spec)?,
                _ => {}
            }
        }
        if model.pieces.is_empty() {
            return Err(bad("it has no pieces, or it is something else"));
        }
        Ok(model)
    }

    fn add_piece(&mut self, message: &'a [u8]) -> Result<()> {
        let number = self.pieces.len();
        let wrong = |what: &str| bad(&format!("piece {number} {what}"));
        let mut piece = Piece {
            text: "",
            score: 0.0,
            kind: PieceKind::Learned,
        };
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Value::Bytes(text)) => {
                    piece.text = std::str::from_utf8(text).map_err(|_| wrong("is not UTF-8"))?;
                }
                (2, Value::Fixed32(score)) => piece.score = f32::from_le_bytes(score),
                (3, Value::Varint(3)) => piece.kind = PieceKind::Control,
                (3, Value::Varint(4)) => piece.kind = PieceKind::UserDefined,
                (3, Value::Varint(2 | 5 | 6)) => piece.kind = PieceKind::Reserved,
                (3, Value::Varint(1)) => piece.kind = PieceKind::Learned,
                _ => {}
            }
        }
        if piece.text.is_empty() {
            return Err(wrong("is empty"));
        }
        if piece.text.len() > LONGEST_PIECE {
            return Err(wrong(&format!("is longer than the {LONGEST_PIECE} bytes allowed")));
        }
        if !piece.score.is_finite() {
            return Err(wrong("has a score that is no number"));
        }
        if number == MOST_PIECES {
            return Err(bad(&format!("it has more than the {MOST_PIECES} pieces allowed")));
        }
        self.pieces.push(piece);
        Ok(())
    }

    fn read_trainer_spec(&mut self, message: &'a [u8]) -> Result<()> {
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            match field {
                (3, Value::Varint(kind @ 1..=4)) => self.unigram = kind == 1,
                (35, Value::Varint(flag)) => self.byte_fallback = flag != 0,
                (40, Value::Varint(id)) => self.unk.0 = id as i32,
                (41, Value::Varint(id)) => self.bos.0 = id as i32,
                (42, Value::Varint(id)) => self.eos.0 = id as i32,
                (45, Value::Bytes(name)) => self.unk.1 = token_name(name)?,
                (46, Value::Bytes(name)) => self.bos.1 = token_name(name)?,
                (47, Value::Bytes(name)) => self.eos.1 = token_name(name)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_normalizer_spec(&mut self, message: &'a [u8]) -> Result<()> {
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next()? {
            if let (2, Value::Bytes(charsmap)) = field {
                self.charsmap = charsmap;
            }
        }
        Ok(())
    }

    /// What a Unigram model is made of.
    pub fn scores(&self) -> Vec<(String, f64)> {
        self.pieces
            .iter()
            .map(|piece| (piece.text.to_string(), f64::from(piece.score)))
            .collect()
    }

    /// The rules of normalization in base64; `None` if the model leaves texts as they are.
    pub fn charsmap(&self) -> Result<Option<String>> {
        charsmap::checked(self.charsmap)
    }

    /// What `transformers` makes added tokens: control pieces, which are special, and those that users defined.
    pub fn added_tokens(&self) -> Vec<Json> {
        self.pieces
            .iter()
            .filter(|piece| matches!(piece.kind, PieceKind::Control | PieceKind::UserDefined))
            .map(|piece| {
                let special = piece.kind == PieceKind::Control;
                json!({"content": piece.text, "normalized": false, "special": special})
            })
            .collect()
    }
}

fn token_name(bytes: &[u8]) -> Result<&str> {
    let name = std::str::from_utf8(bytes).map_err(|_| bad("the name of one of its special tokens is not UTF-8"))?;
    match name.len() {
        0..=LONGEST_PIECE => Ok(name),
        _ => Err(bad("the name of one of its special tokens is too long")),
    }
}

fn bad(what: &str) -> Error {
    Error::BadModel(format!("the SentencePiece model cannot be used: {what}"))
}
