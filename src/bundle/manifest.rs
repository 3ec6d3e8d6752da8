//! What a bundle says of itself: `glyxel.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MANIFEST;
use crate::error::{Error, Result};

/// The format that this version writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// Fields that a reader does not know are ignored: a newer library may add some without a new format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The versions that wrote it.
    pub glyxel: String,
    pub libtorch: String,
    /// The checkpoint's `model_type`.
    pub architecture: String,
    pub methods: Vec<Method>,
    #[serde(default)]
    pub text: Option<TextManifest>,
    pub source: Source,
    /// Whether the archive ends in a seal over all its bytes; without one only the entries' own checksums protect it.
    pub sealed: bool,
}

/// A method of the TorchScript module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    pub name: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
}

/// How texts become this model's tokens, and what its vectors are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextManifest {
    pub max_length: usize,
    pub dim: usize,
    pub pooling: Vec<String>,
    /// `modules.json`, or `default` where the checkpoint says nothing.
    pub pooling_source: String,
    pub normalize: bool,
    pub lowercase: bool,
    pub prompts: BTreeMap<String, String>,
    #[serde(default)]
    pub default_prompt_name: Option<String>,
    pub vocab_size: usize,
    /// What fills up the shorter rows of a batch.
    pub pad_token_id: usize,
    /// Whether pooling counts the prompt's tokens.
    pub include_prompt: bool,
}

/// What the bundle was converted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub location: String,
    #[serde(default)]
    pub revision: Option<String>,
    #[serde(default)]
    pub licence: Option<String>,
    pub weights_sha256: String,
    pub weights_dtype: String,
}

impl Manifest {
    /// `name` is what messages call the bundle.
    pub fn from_json(bytes: &[u8], name: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        let bad = |what: String| Error::BadModel(format!("the manifest {MANIFEST} of {name} {what}"));
        // First of all the format: a newer one may lack what this one needs.
        let Version { format } = serde_json::from_slice(bytes).map_err(|e| bad(format!("is not valid: {e}")))?;
        if format > u64::from(FORMAT) {
            return Err(Error::Unsupported(format!(
                "{name} was written by a newer glyxel (bundle format {format}; this one reads up to {FORMAT}): update the library"
            )));
        }
        if format == 0 {
            return Err(bad("has the format 0, which there never was".into()));
        }
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(|e| bad(format!("is not valid: {e}")))?;
        if manifest.methods.is_empty() {
            return Err(bad("lists no methods".into()));
        }
        if let Some(text) = &manifest.text {
            if text.dim == 0 || text.max_length == 0 || text.vocab_size == 0 {
                return Err(bad("has a text part whose dim, max_length or vocab_size is 0".into()));
            }
            if let Some(prompt) = text
                .default_prompt_name
                .as_ref()
                .filter(|p| !text.prompts.contains_key(*p))
            {
                return Err(bad(format!(
                    "has the default prompt {prompt:?}, which is none of its prompts"
                )));
            }
        }
        Ok(manifest)
    }

    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|e| Error::Internal(format!("writing the manifest failed: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, Value};

    fn sample() -> Value {
        json!({
            "format": 1, "glyxel": "0.1.0", "libtorch": "2.11.0", "architecture": "bert", "sealed": true,
            "methods": [{"name": "embed_text", "inputs": ["ids", "mask"], "outputs": ["embedding"]}],
            "text": {"max_length": 256, "dim": 384, "pooling": ["mean"], "pooling_source": "modules.json", "normalize": true,
                     "lowercase": false, "prompts": {"query": "q: "}, "default_prompt_name": "query",
                     "vocab_size": 30522, "pad_token_id": 0, "include_prompt": true},
            "source": {"location": "here", "weights_sha256": "00", "weights_dtype": "F32"}
        })
    }

    fn parse(value: &Value) -> Result<Manifest> {
        Manifest::from_json(value.to_string().as_bytes(), "a.pt")
    }

    #[test]
    fn it_survives_writing_and_reading_and_fields_from_the_future() {
        let mut value = sample();
        let manifest = parse(&value).unwrap();
        assert_eq!(
            Manifest::from_json(manifest.to_json().unwrap().as_bytes(), "a.pt").unwrap(),
            manifest
        );
        value["added later"] = json!({"any": "thing"});
        value["text"]["added later"] = json!(1);
        assert_eq!(parse(&value).unwrap(), manifest);
    }

    #[test]
    fn a_newer_format_is_told_before_anything_else() {
        for newer in [json!({"format": 2}), json!({"format": 4_000_000_000_000_u64})] {
            assert!(matches!(parse(&newer), Err(Error::Unsupported(s)) if s.contains("update the library")));
        }
    }

    #[test]
    fn each_required_field_is_missed_by_name() {
        for field in [
            "format",
            "glyxel",
            "libtorch",
            "architecture",
            "methods",
            "source",
            "sealed",
        ] {
            let mut value = sample();
            value.as_object_mut().unwrap().shift_remove(field);
            assert!(
                matches!(parse(&value), Err(Error::BadModel(s)) if s.contains(field)),
                "{field}"
            );
        }
    }

    #[test]
    fn values_that_contradict_themselves_are_refused() {
        let changes: [fn(&mut Value); 6] = [
            |v| v["format"] = json!(0),
            |v| v["format"] = json!("1"),
            |v| v["methods"] = json!([]),
            |v| v["text"]["dim"] = json!(0),
            |v| v["text"]["max_length"] = json!(-1),
            |v| v["text"]["default_prompt_name"] = json!("other"),
        ];
        for change in changes {
            let mut value = sample();
            change(&mut value);
            assert!(matches!(parse(&value), Err(Error::BadModel(_))), "{value}");
        }
    }
}
