//! A checkpoint's `config.json`, read field by field: each family names its fields, with the defaults of `transformers`.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Families whose repositories bring Python code that the definition here replaces.
const REPLACE_CODE: &[&str] = &["nomic_bert"];

/// What a checkpoint's weights are, as far as a definition may ask.
#[derive(Default)]
pub struct Stored {
    /// How many values they have in all.
    pub values: u64,
    pub names: BTreeSet<String>,
}

/// A model's configuration, or a part of it.
#[derive(Clone)]
pub struct Config<'a> {
    fields: &'a Map<String, Value>,
    /// What stands before a field's name in messages: `vision_config.`
    part: String,
    stored: Rc<Stored>,
}

impl<'a> Config<'a> {
    /// Refuses what no family implements: weights packed by a quantiser, and code that the repository wants run.
    pub fn new(fields: &'a Map<String, Value>, stored: Stored) -> Result<Self> {
        let present = |name: &str| fields.get(name).is_some_and(|v| !v.is_null());
        let replaced = fields.get("model_type").and_then(Value::as_str);
        if present("auto_map") && !REPLACE_CODE.iter().any(|family| replaced == Some(family)) {
            return Err(Error::Unsupported(
                "config.json has auto_map: this repository wants its own Python code run, which glyxel never does; look for a checkpoint of the same model without custom code".into(),
            ));
        }
        if present("quantization_config") {
            return Err(Error::Unsupported(
                "config.json has quantization_config: the weights are packed by a quantiser; take the unquantised checkpoint".into(),
            ));
        }
        Ok(Config {
            fields,
            part: String::new(),
            stored: Rc::new(stored),
        })
    }

    /// A part of it that is an object of its own; one that is absent or null has no fields.
    pub fn part(&self, name: &str) -> Result<Config<'a>> {
        static NOTHING: OnceLock<Map<String, Value>> = OnceLock::new();
        let fields = match self.get(name) {
            None => NOTHING.get_or_init(Map::new),
            Some(value) => value.as_object().ok_or_else(|| self.wrong(name, "an object"))?,
        };
        Ok(Config {
            fields,
            part: format!("{}{name}.", self.part),
            stored: self.stored.clone(),
        })
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.fields.keys().map(String::as_str)
    }

    /// Whether the checkpoint has a weight of this name, or one whose name ends in it behind a dot.
    pub fn stores(&self, name: &str) -> bool {
        let ends = |stored: &String| {
            stored
                .strip_suffix(name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.stored.names.iter().any(ends)
    }

    /// Refuses sizes that the weights can't have: a definition takes its memory before it reads any. Each product is the
    /// number of values of some of the weights.
    pub fn affords(&self, products: &[&[i64]]) -> Result<()> {
        let values = |product: &&[i64]| product.iter().map(|n| *n as f64).product::<f64>();
        let needed: f64 = products.iter().map(values).sum();
        if needed > self.stored.values as f64 {
            return Err(Error::BadModel(format!(
                "the weights do not fit config.json: its sizes make a model of {needed} values or more, but the checkpoint has {}",
                self.stored.values
            )));
        }
        Ok(())
    }

    pub fn model_type(&self) -> Result<&'a str> {
        self.string("model_type", None)
    }

    /// The field as it stands, null too: where a field has to have a value, null is none, and `transformers` refuses it.
    pub fn given(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// The field where null says the same as leaving it out.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|v| !v.is_null())
    }

    pub fn wrong(&self, name: &str, expected: &str) -> Error {
        let found = self.given(name).map_or("nothing".to_string(), Value::to_string);
        Error::BadModel(format!(
            "config.json: {}{name} should be {expected}, not {found}",
            self.part
        ))
    }

    /// A size of at least 1, small enough for a model that exists.
    pub fn size(&self, name: &str, default: Option<i64>) -> Result<i64> {
        match (self.given(name), default) {
            (None, Some(default)) => Ok(default),
            (value, _) => value
                .and_then(Value::as_i64)
                .filter(|n| (1..=1 << 24).contains(n))
                .ok_or_else(|| self.wrong(name, "a positive whole number")),
        }
    }

    /// Whole numbers, `least` or more; none only where the default is none.
    pub fn list(&self, name: &str, default: &[i64], least: i64) -> Result<Vec<i64>> {
        let Some(value) = self.given(name) else {
            return Ok(default.to_vec());
        };
        let number = |n: &Value| n.as_i64().filter(|n| (least..1 << 24).contains(n));
        value
            .as_array()
            .filter(|numbers| !numbers.is_empty() || default.is_empty())
            .and_then(|numbers| numbers.iter().map(number).collect())
            .ok_or_else(|| self.wrong(name, &format!("a list of whole numbers from {least} on")))
    }

    /// A size that null, too, leaves to the default.
    pub fn optional_size(&self, name: &str, default: i64) -> Result<i64> {
        self.get(name).map_or(Ok(default), |_| self.size(name, None))
    }

    /// The sides of a picture, or of a part of one: `[height, width]`, or one number for both.
    pub fn height_and_width(&self, name: &str, default: i64) -> Result<(i64, i64)> {
        let side = |value: &Value| value.as_i64().filter(|n| (1..=1 << 24).contains(n));
        let sides = match self.get(name) {
            None => Some((default, default)),
            Some(Value::Array(sides)) => match &sides[..] {
                [height, width] => side(height).zip(side(width)),
                _ => None,
            },
            Some(both) => side(both).map(|side| (side, side)),
        };
        sides.ok_or_else(|| self.wrong(name, "a positive whole number or two of them"))
    }

    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(name, "true or false")),
        }
    }

    /// A whole number; by some fields one below 1 says "none".
    pub fn integer(&self, name: &str, default: i64) -> Result<i64> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => value
                .as_i64()
                .filter(|n| (-(1 << 24)..=1 << 24).contains(n))
                .ok_or_else(|| self.wrong(name, "a whole number")),
        }
    }

    /// How many of something there are, 0 too.
    pub fn count(&self, name: &str, default: i64) -> Result<i64> {
        Some(self.integer(name, default)?)
            .filter(|n| *n >= 0)
            .ok_or_else(|| self.wrong(name, "0 or more"))
    }

    /// The first of two names of a field, if it is there, or else the second.
    pub fn either<'n>(&self, name: &'n str, other: &'n str) -> &'n str {
        self.given(name).map_or(other, |_| name)
    }

    pub fn number(&self, name: &str, default: f64) -> Result<f64> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => value
                .as_f64()
                .filter(|x| x.is_finite())
                .ok_or_else(|| self.wrong(name, "a finite number")),
        }
    }

    /// The epsilon of a norm, or the base of rotary angles: with one of 0 or less a vector may not be a number.
    pub fn positive(&self, name: &str, default: f64) -> Result<f64> {
        Some(self.number(name, default)?)
            .filter(|x| *x > 0.)
            .ok_or_else(|| self.wrong(name, "above 0"))
    }

    /// A probability of dropping a value, below 1.
    pub fn dropout(&self, name: &str, default: f64) -> Result<f64> {
        let p = self.number(name, default)?;
        if (0.0..1.0).contains(&p) {
            Ok(p)
        } else {
            Err(self.wrong(name, "at least 0 and below 1"))
        }
    }

    pub fn string(&self, name: &str, default: Option<&'a str>) -> Result<&'a str> {
        match (self.given(name), default) {
            (None, Some(default)) => Ok(default),
            (value, _) => value
                .and_then(Value::as_str)
                .ok_or_else(|| self.wrong(name, "a string")),
        }
    }

    /// An id of the vocabulary, if the field is there.
    pub fn token_id(&self, name: &str, vocab_size: i64) -> Result<Option<i64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .filter(|id| (0..vocab_size).contains(id))
                .map(Some)
                .ok_or_else(|| self.wrong(name, &format!("a token id below the vocab_size of {vocab_size}"))),
        }
    }

    /// Refuses a field that changes the arithmetic unless it has the one value that is implemented.
    pub fn only(&self, name: &str, implemented: impl Into<Value>) -> Result<()> {
        let implemented = implemented.into();
        match self.get(name) {
            Some(value) if *value != implemented => Err(Error::Unsupported(format!(
                "config.json: {}{name} = {value} is not implemented; only {implemented} is",
                self.part
            ))),
            _ => Ok(()),
        }
    }
}
