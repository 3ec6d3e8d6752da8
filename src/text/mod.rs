//! Text → token ids, as `transformers` 5.17 does it.
//!
//! [`Tokenizer`] runs a `tokenizer.json`. What that file has to be is decided here too, since `transformers` decides
//! it by several files of a checkpoint: [`tokenizer_config`] gathers the configs, [`tokenizer_json`] writes the one
//! file that a bundle carries, by the tokenizer's class (`classes/`), and [`max_length`] says where texts are cut.

mod added;
mod classes;
mod config;
mod length;
mod pair;
mod resolve;
mod sentencepiece;
mod tokenizer;

pub use config::{gives_type_ids, tokenizer_config};
pub use length::max_length;
pub use pair::Cut;
pub use resolve::tokenizer_json;
pub use tokenizer::{Settings, Tokenizer, Tokens};
