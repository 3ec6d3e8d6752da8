//! A checkpoint's `config.json`, read field by field: each family names its fields, with the defaults of `transformers`.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Families whose repositories bring Python code that the definition here replaces.
const REPLACE_CODE: &[&str] = &["nomic_bert"];

/// The transformer's configuration.
pub struct Config<'a> {
    fields: &'a Map<String, Value>,
    /// How many values the checkpoint's weights have in all.
    stored: u64,
}

impl<'a> Config<'a> {
    /// Refuses what no family implements: weights packed by a quantiser, and code that the repository wants run.
    pub fn new(fields: &'a Map<String, Value>, stored: u64) -> Result<Self> {
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
        Ok(Config { fields, stored })
    }

    /// Refuses sizes that the weights can't have: a definition takes its memory before it reads any. Each product is the
    /// number of values of some of the weights.
    pub fn affords(&self, products: &[&[i64]]) -> Result<()> {
        let values = |product: &&[i64]| product.iter().map(|n| *n as f64).product::<f64>();
        let needed: f64 = products.iter().map(values).sum();
        if needed > self.stored as f64 {
            return Err(Error::BadModel(format!(
                "the weights do not fit config.json: its sizes make a model of {needed} values or more, but the checkpoint has {}",
                self.stored
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
        Error::BadModel(format!("config.json: {name} should be {expected}, not {found}"))
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

    /// A size that null, too, leaves to the default.
    pub fn optional_size(&self, name: &str, default: i64) -> Result<i64> {
        self.get(name).map_or(Ok(default), |_| self.size(name, None))
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
                "config.json: {name} = {value} is not implemented; only {implemented} is"
            ))),
            _ => Ok(()),
        }
    }
}
