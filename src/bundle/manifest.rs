//! What a bundle says of itself: `glyxel.json`.

use serde::{Deserialize, Serialize};

use super::{TextManifest, MANIFEST};
use crate::error::{Error, Result};
use crate::image::Preprocessing;

/// The format that this version writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// Fields that a reader does not know are ignored: a newer library may add some without a new format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The versions that wrote it.
    pub glyxel: String,
    pub libtorch: String,
    /// The checkpoint's `model_type`, or timm's `architecture`.
    pub architecture: String,
    pub methods: Vec<Method>,
    #[serde(default)]
    pub text: Option<TextManifest>,
    #[serde(default)]
    pub image: Option<ImageManifest>,
    /// How vectors of texts and images are compared, where both stand in one space.
    #[serde(default)]
    pub zero_shot: Option<ZeroShotManifest>,
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

/// How pictures become this model's pixels, and what it makes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageManifest {
    pub dim: usize,
    /// What an embedding is: "global average pooling", "CLS token" …
    pub embedding: String,
    /// The pictures that the methods were traced for.
    pub height: u32,
    pub width: u32,
    pub preprocessing: Preprocessing,
    #[serde(default)]
    pub classes: Option<ClassesManifest>,
}

/// What a head's logits are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassesManifest {
    /// One for each logit.
    pub labels: Vec<String>,
    /// Where they come from: `id2label`, `label_names`, `ImageNet-1k`, or `none`, and then they are numbers.
    pub source: String,
    pub activation: Activation,
}

/// What makes scores of logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    None,
    Softmax,
    Sigmoid,
}

/// A label's logit is the cosine of the image's and the label's vector, times `scale`, plus `bias`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZeroShotManifest {
    pub scale: f64,
    pub bias: f64,
    pub activation: Activation,
    /// What a label is put into; holds "{}".
    pub template: String,
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
        if let Some(image) = &manifest.image {
            image
                .check()
                .map_err(|e| bad(format!("has an image part that cannot be: {e}")))?;
        }
        let dims = [
            manifest.text.as_ref().map(|t| t.dim),
            manifest.image.as_ref().map(|i| i.dim),
        ];
        match (&manifest.zero_shot, dims) {
            (None, _) => {}
            (Some(how), [Some(text), Some(image)]) if text == image => how.check().map_err(bad)?,
            _ => {
                return Err(bad(
                    "compares texts with images, but has no vectors of equal size for both".into(),
                ))
            }
        }
        if let Some(text) = &manifest.text {
            text.check().map_err(bad)?;
        }
        Ok(manifest)
    }

    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|e| Error::Internal(format!("writing the manifest failed: {e}")))
    }
}

impl ImageManifest {
    /// In one picture: three channels for each pixel.
    pub fn values(&self) -> usize {
        self.height as usize * self.width as usize * 3
    }

    fn check(&self) -> Result<()> {
        self.preprocessing.check()?;
        let wrong = |what: String| Err(Error::BadModel(what));
        if self.dim == 0 || self.classes.as_ref().is_some_and(|c| c.labels.is_empty()) {
            return wrong("its dim or the number of its labels is 0".into());
        }
        match self.preprocessing.output() {
            Some(size) if size == (self.height, self.width) => Ok(()),
            size => wrong(format!(
                "it takes pictures of {}×{}, but its preprocessing gives {}",
                self.height,
                self.width,
                size.map_or("any size".into(), |(height, width)| format!("{height}×{width}"))
            )),
        }
    }
}

impl ZeroShotManifest {
    fn check(&self) -> std::result::Result<(), String> {
        if !(self.scale.is_finite() && self.bias.is_finite()) {
            return Err("has a scale or a bias that is no number".into());
        }
        match self.template.contains("{}") {
            true => Ok(()),
            false => Err(format!("has a template without {{}}: {:?}", self.template)),
        }
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
