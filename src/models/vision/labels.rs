//! Classes that the head of a `transformers` checkpoint tells apart.

use super::Config;
use crate::error::Result;

/// What `transformers` takes where `config.json` tells of no labels.
const CLASSES: i64 = 2;

/// How many; `None`: the checkpoint has no head. `weight`: the head's, which tells.
pub fn classes(config: &Config, weight: &str) -> Result<Option<i64>> {
    if !config.stores(weight) {
        return Ok(None);
    }
    if config.get("id2label").is_none() {
        return config.size("num_labels", Some(CLASSES)).map(Some);
    }
    match config.part("id2label")?.names().count() {
        0 => Err(config.wrong("id2label", "the names of one class or more")),
        count => Ok(Some(count as i64)),
    }
}
