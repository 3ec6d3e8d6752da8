//! Text → token ids, as `transformers` 5.17 does it.
//!
//! [`Tokenizer`] runs a `tokenizer.json`. What that file has to be is decided here too, since `transformers` decides
//! it by several files of a checkpoint: [`tokenizer_config`] gathers them, [`tokenizer_json_from_vocab`] and
//! [`reconcile`] write the one file that a bundle carries, and [`max_length`] says where texts are cut.

mod added;
mod bert;
mod config;
mod length;
mod tokenizer;

pub use bert::tokenizer_json_from_vocab;
pub use config::{reconcile, tokenizer_config};
pub use length::max_length;
pub use tokenizer::{Settings, Tokenizer, Tokens};
