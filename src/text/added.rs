//! Added tokens: the ones that a tokenizer finds in a text before its model sees it, `[CLS]` and the like.

use std::collections::HashMap;

use serde_json::{json, Map, Value};

use crate::error::{Error, Result};

/// The roles a special token can have, in the order in which `transformers` adds them.
pub const ROLES: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

/// Python's `AddedToken`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedToken {
    pub content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

impl AddedToken {
    pub fn special(content: &str) -> Self {
        Self::plain(content, true)
    }

    fn plain(content: &str, special: bool) -> Self {
        let content = content.to_string();
        Self {
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: !special,
            special,
        }
    }

    /// From an entry of `added_tokens_decoder`, `special_tokens_map.json` or `added_tokens`; `None` if it is no such
    /// entry.
    pub fn from_value(value: &Value) -> Option<Self> {
        if let Some(content) = value.as_str() {
            return Some(Self::special(content));
        }
        let flag = |name: &str| value.get(name).and_then(Value::as_bool);
        let special = flag("special").unwrap_or(false);
        Some(Self {
            single_word: flag("single_word").unwrap_or(false),
            lstrip: flag("lstrip").unwrap_or(false),
            rstrip: flag("rstrip").unwrap_or(false),
            normalized: flag("normalized").unwrap_or(!special),
            ..Self::plain(value.get("content")?.as_str()?, special)
        })
    }

    pub fn to_value(&self, id: u64) -> Value {
        json!({
            "id": id, "content": self.content, "single_word": self.single_word, "lstrip": self.lstrip,
            "rstrip": self.rstrip, "normalized": self.normalized, "special": self.special,
        })
    }
}

/// A token named in `tokenizer_config.json` under `role`; `None` if it is absent or null.
pub fn named(config: &Map<String, Value>, role: &str) -> Result<Option<AddedToken>> {
    match config.get(role) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => AddedToken::from_value(value).map(Some).ok_or_else(|| malformed(role)),
    }
}

pub fn malformed(what: &str) -> Error {
    Error::BadModel(format!(
        "tokenizer_config.json: {what} has a value that transformers would not accept"
    ))
}

/// The vocabulary of a model's tokens with the added ones behind it.
#[derive(Default)]
pub struct Vocabulary {
    ids: HashMap<String, u64>,
    size: u64,
    tokens: Vec<AddedToken>,
    /// Where in `tokens` a content stands.
    places: HashMap<String, usize>,
}

impl Vocabulary {
    /// Over the `vocab` of a `tokenizer.json`'s model: token → id, or for Unigram a list of pieces.
    pub fn of_model(vocab: Option<&Value>) -> Self {
        let ids: HashMap<String, u64> = match vocab {
            Some(Value::Object(vocab)) => vocab
                .iter()
                .filter_map(|(token, id)| Some((token.clone(), id.as_u64()?)))
                .collect(),
            Some(Value::Array(pieces)) => (0..)
                .zip(pieces)
                .filter_map(|(id, piece)| Some((piece.get(0)?.as_str()?.to_string(), id)))
                .collect(),
            _ => HashMap::new(),
        };
        // Pieces that stand twice count twice.
        let size = vocab.and_then(Value::as_array).map_or(ids.len(), Vec::len) as u64;
        Self {
            size,
            ids,
            ..Self::default()
        }
    }

    pub fn id(&self, token: &str) -> Option<u64> {
        self.ids.get(token).copied()
    }

    /// Adds a token: behind all others, unless the vocabulary has it. One that was added before takes on the new
    /// properties.
    pub fn add(&mut self, token: AddedToken) {
        if token.content.is_empty() {
            return;
        }
        if !self.ids.contains_key(&token.content) {
            self.ids.insert(token.content.clone(), self.size);
            self.size += 1;
        }
        match self
            .places
            .get(&token.content)
            .and_then(|place| self.tokens.get_mut(*place))
        {
            Some(known) => *known = token,
            None => {
                self.places.insert(token.content.clone(), self.tokens.len());
                self.tokens.push(token);
            }
        }
    }

    /// Adds what `transformers` adds when it loads a tokenizer: `added_tokens_decoder` by id, then the named special
    /// tokens, then the extra ones.
    pub fn add_all(&mut self, config: &Map<String, Value>, roles: &[(String, AddedToken)]) -> Result<()> {
        let mut decoder: Vec<(u64, AddedToken)> = Vec::new();
        if let Some(entries) = config.get("added_tokens_decoder") {
            let entries = entries.as_object().ok_or_else(|| malformed("added_tokens_decoder"))?;
            for (id, entry) in entries {
                let id = id.trim().parse().map_err(|_| malformed("added_tokens_decoder"))?;
                let token = AddedToken::from_value(entry).filter(|_| entry.is_object());
                decoder.push((id, token.ok_or_else(|| malformed("added_tokens_decoder"))?));
            }
        }
        decoder.sort_by_key(|(id, _)| *id);
        for (_, mut token) in decoder {
            token.special |= roles.iter().any(|(_, named)| named.content == token.content);
            self.add(token);
        }
        // Of named tokens with the same content the last one counts, but all yield to those above.
        let mut to_add: Vec<AddedToken> = Vec::new();
        let named = roles.iter().map(|(_, token)| token.clone());
        for token in named.chain(extra(config)?) {
            if !self.places.contains_key(&token.content) && !to_add.contains(&token) {
                to_add.push(token);
            }
        }
        for mut token in to_add {
            token.special |= roles.iter().any(|(_, named)| named.content == token.content);
            self.add(token);
        }
        Ok(())
    }

    /// The `added_tokens` of a `tokenizer.json`.
    pub fn added_tokens(&self) -> Value {
        self.tokens
            .iter()
            .map(|token| token.to_value(self.id(&token.content).unwrap_or(0)))
            .collect()
    }

    /// The `padding` of a `tokenizer.json`: here only to carry the id and the side.
    pub fn padding(&self, pad: Option<&AddedToken>, direction: &str) -> Value {
        let Some((token, id)) = pad.and_then(|pad| Some((&pad.content, self.id(&pad.content)?))) else {
            return Value::Null;
        };
        json!({
            "strategy": "BatchLongest", "direction": direction, "pad_to_multiple_of": null,
            "pad_id": id, "pad_type_id": 0, "pad_token": token,
        })
    }
}

/// The special tokens that `config` names: the standard roles, then a model's own (`…_token`).
pub fn roles(config: &Map<String, Value>) -> Result<Vec<(String, AddedToken)>> {
    let own = config.iter().filter(|(key, value)| {
        key.ends_with("_token") && !ROLES.contains(&key.as_str()) && AddedToken::from_value(value).is_some()
    });
    let mut roles = Vec::new();
    for role in ROLES.into_iter().chain(own.map(|(key, _)| key.as_str())) {
        if let Some(token) = named(config, role)? {
            roles.push((role.to_string(), token));
        }
    }
    if let Some(Value::Object(extra)) = config.get("extra_special_tokens") {
        for (role, token) in extra {
            roles.push((
                role.clone(),
                AddedToken::from_value(token).ok_or_else(|| malformed(role))?,
            ));
        }
    }
    Ok(roles)
}

/// Special tokens without a role.
fn extra(config: &Map<String, Value>) -> Result<Vec<AddedToken>> {
    let key = "extra_special_tokens";
    let listed = config.get(key).filter(|tokens| !tokens.is_object());
    match listed.or_else(|| config.get("additional_special_tokens")) {
        Some(Value::Array(tokens)) => tokens
            .iter()
            .map(|token| AddedToken::from_value(token).ok_or_else(|| malformed(key)))
            .collect(),
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(_) => Err(malformed(key)),
    }
}
