//! Which files of a repository an encoder needs: a walk over names, which reads `modules.json` and indexes only.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Error, Result};
use crate::source::modules;
use crate::source::weights::{self, others};

/// In the order in which they are preferred; an index stands for the shards that it names.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];
/// Modules that Python, too, looks for no weights of.
const WITHOUT_WEIGHTS: [&str; 3] = ["Pooling", "Normalize", "Dropout"];
const VOCABULARIES: [&str; 3] = ["vocab.txt", "vocab.json", "merges.txt"];

/// What a conversion reads.
#[derive(Debug, Default)]
pub struct Needed {
    /// Paths in the repository, weights last and those of the encoder very last: a snapshot that has them has all.
    pub files: Vec<String>,
    /// Looked for, and not there; a repository that is known only in part may have them all the same.
    pub absent: Vec<String>,
    /// Whether there is a config and weights.
    pub whole: bool,
}

impl Needed {
    /// `names`: the repository's files. `read`: the content of one of them.
    pub fn of(names: &BTreeSet<String>, read: &mut dyn FnMut(&str) -> Result<Vec<u8>>) -> Result<Self> {
        let mut needed = Needed::default();
        let modules = if needed.take(names, "modules.json") {
            modules::parse(&read("modules.json")?, Path::new("modules.json"))?
        } else {
            Vec::new()
        };
        let encoder = modules.iter().find(|m| m.is_encoder()).map_or("", |m| m.path.as_str());
        let config = needed.take(names, &at(encoder, "config.json"));
        if !modules.is_empty() {
            needed.take(names, "config_sentence_transformers.json");
            needed.sentence_config(names, encoder);
        }
        needed.tokenizer(names, encoder);
        needed.processor(names, encoder);
        if !encoder.is_empty() {
            needed.optional(names, "", &["config.json"]);
            needed.tokenizer_files(names, "");
        }
        // The last one says how a checkpoint of Stanford's ColBERT reads queries and documents.
        let others = ["config_sentence_transformers.json", "README.md", "artifact.metadata"];
        needed.optional(names, "", &others);
        for module in modules.iter().filter(|m| m.path != encoder && !m.path.is_empty()) {
            needed.optional(names, &module.path, &["config.json"]);
            if !WITHOUT_WEIGHTS.contains(&module.kind.as_str()) {
                needed.weights(names, &module.path, read)?;
            }
        }
        let weights = needed.weights(names, encoder, read)?;
        needed.whole = config && weights;
        Ok(needed)
    }

    /// Takes a file if it is there, and notes it if it is not.
    fn take(&mut self, names: &BTreeSet<String>, name: &str) -> bool {
        let there = names.contains(name);
        let list = if there { &mut self.files } else { &mut self.absent };
        if !list.iter().any(|n| n == name) {
            list.push(name.into());
        }
        there
    }

    /// Takes what is there of files that nothing depends on.
    fn optional(&mut self, names: &BTreeSet<String>, folder: &str, wanted: &[&str]) {
        for name in wanted
            .iter()
            .map(|name| at(folder, name))
            .filter(|name| names.contains(name))
        {
            self.take(names, &name);
        }
    }

    /// sentence-transformers named this file after the architecture once.
    fn sentence_config(&mut self, names: &BTreeSet<String>, folder: &str) {
        let mut found = in_folder(names, folder)
            .filter(|n| n.starts_with("sentence_") && n.ends_with("_config.json"))
            .peekable();
        if found.peek().is_none() {
            self.take(names, &at(folder, "sentence_bert_config.json"));
        }
        found.for_each(|name| {
            self.take(names, &at(folder, name));
        });
    }

    fn tokenizer(&mut self, names: &BTreeSet<String>, folder: &str) {
        self.take(names, &at(folder, "tokenizer_config.json"));
        let fast = at(folder, "tokenizer.json");
        if !names.contains(&fast) {
            self.absent.push(fast);
        }
        self.tokenizer_files(names, folder);
    }

    fn tokenizer_files(&mut self, names: &BTreeSet<String>, folder: &str) {
        self.optional(
            names,
            folder,
            &["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"],
        );
        if names.contains(&at(folder, "tokenizer.json")) {
            return self.optional(names, folder, &["tokenizer.json"]);
        }
        self.optional(names, folder, &VOCABULARIES);
        let pieces: Vec<_> = in_folder(names, folder).filter(|n| n.ends_with(".model")).collect();
        self.optional(names, folder, &pieces);
    }

    /// How pictures are prepared: a file of its own, or since transformers 5 a part of the whole processor's.
    fn processor(&mut self, names: &BTreeSet<String>, folder: &str) {
        if !self.take(names, &at(folder, "preprocessor_config.json")) {
            self.take(names, &at(folder, "processor_config.json"));
        }
    }

    fn weights(
        &mut self,
        names: &BTreeSet<String>,
        folder: &str,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>>,
    ) -> Result<bool> {
        for name in WEIGHTS.map(|name| at(folder, name)) {
            if !self.take(names, &name) {
                continue;
            }
            if !name.ends_with(".index.json") {
                return Ok(true);
            }
            let index = weights::index(&read(&name)?, Path::new(&name))?;
            let shards: BTreeSet<String> = index.into_values().collect();
            let there: Vec<bool> = shards
                .iter()
                .map(|shard| self.take(names, &at(folder, shard)))
                .collect();
            return Ok(there.iter().all(|there| *there));
        }
        Ok(false)
    }
}

/// Why a repository that was listed whole has nothing to load.
pub fn nothing(repo: &str, names: &BTreeSet<String>) -> Error {
    let config = names
        .iter()
        .any(|name| name == "config.json" || name.ends_with("/config.json"));
    if let Some(index) = names
        .iter()
        .find(|name| WEIGHTS.iter().any(|w| w.ends_with(".index.json") && name.ends_with(w)))
    {
        return Error::NotFound(format!(
            "{repo} lacks shards that its {index} names: it is not whole; try another revision"
        ));
    }
    let plain: Vec<String> = names
        .iter()
        .filter_map(|name| name.rsplit('/').next())
        .map(str::to_string)
        .collect();
    match others::advice(&plain) {
        Some((found, advice)) => Error::Unsupported(format!(
            "{repo} has no weights that can be read, only {}: {advice}",
            found.join(", ")
        )),
        None => Error::NotFound(format!(
            "{repo} is no checkpoint of an encoder: it has no {}; choose a repository that save_pretrained has written",
            if config { "model.safetensors" } else { "config.json" }
        )),
    }
}

fn at(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.into()
    } else {
        format!("{folder}/{name}")
    }
}

/// The names of a folder's own files.
fn in_folder<'a>(names: &'a BTreeSet<String>, folder: &'a str) -> impl Iterator<Item = &'a str> {
    let own = move |name: &'a String| match folder {
        "" => Some(name.as_str()),
        folder => name.strip_prefix(folder)?.strip_prefix('/'),
    };
    names
        .iter()
        .filter_map(own)
        .filter(|name| !name.contains(['/', '\\', '\0']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(names: &[&str], contents: &[(&str, &str)]) -> Result<Needed> {
        let names = names.iter().map(|n| n.to_string()).collect();
        Needed::of(&names, &mut |wanted| {
            let found = contents.iter().find(|(name, _)| *name == wanted);
            Ok(found.unwrap_or_else(|| panic!("{wanted} is not to be read")).1.into())
        })
    }

    #[test]
    fn a_plain_checkpoint_is_its_config_tokenizer_and_one_form_of_weights() {
        let all = [
            "README.md",
            "config.json",
            "flax_model.msgpack",
            "model.safetensors",
            "onnx/model.onnx",
            "pytorch_model.bin",
            "rust_model.ot",
            "tf_model.h5",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.txt",
            ".gitattributes",
        ];
        let found = needed(&all, &[]).unwrap();
        let expected = [
            "config.json",
            "tokenizer_config.json",
            "tokenizer.json",
            "README.md",
            "model.safetensors",
        ];
        assert_eq!(found.files, expected);
        assert_eq!(
            found.absent,
            ["modules.json", "preprocessor_config.json", "processor_config.json"]
        );
        assert!(found.whole);
        let slow = [
            "config.json",
            "pytorch_model.bin",
            "spiece.model",
            "added_tokens.json",
            "sub/x.model",
        ];
        let found = needed(&slow, &[]).unwrap();
        assert_eq!(
            found.files,
            ["config.json", "added_tokens.json", "spiece.model", "pytorch_model.bin"]
        );
        assert!(found.absent.contains(&"tokenizer.json".to_string()) && found.whole);
    }

    #[test]
    fn what_late_interaction_needs_is_taken() {
        let stanford = ["config.json", "artifact.metadata", "model.safetensors"];
        assert_eq!(needed(&stanford, &[]).unwrap().files, stanford);
        let modules = r#"[{"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "1_Dense", "type": "pylate.models.Dense.Dense"}]"#;
        let pylate = [
            "modules.json",
            "config.json",
            "config_sentence_transformers.json",
            "1_Dense/config.json",
            "1_Dense/model.safetensors",
            "model.safetensors",
        ];
        let found = needed(&pylate, &[("modules.json", modules)]).unwrap();
        assert_eq!(found.files, pylate);
        assert!(found.whole);
    }

    #[test]
    fn what_prepares_pictures_is_taken() {
        let files = |all: &[&str]| needed(all, &[]).unwrap().files;
        let own = [
            "config.json",
            "model.safetensors",
            "preprocessor_config.json",
            "processor_config.json",
        ];
        assert_eq!(
            files(&own),
            ["config.json", "preprocessor_config.json", "model.safetensors"]
        );
        let whole = ["config.json", "model.safetensors", "processor_config.json"];
        assert_eq!(
            files(&whole),
            ["config.json", "processor_config.json", "model.safetensors"]
        );
        let modules = r#"[{"path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}]"#;
        let clip = [
            "modules.json",
            "0_CLIPModel/config.json",
            "0_CLIPModel/preprocessor_config.json",
            "0_CLIPModel/pytorch_model.bin",
        ];
        let found = needed(&clip, &[("modules.json", modules)]).unwrap();
        assert_eq!(found.files, clip);
        assert!(found.whole);
    }

    #[test]
    fn modules_and_shards_are_followed() {
        let modules = r#"[{"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
            {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"path": "2_Dense", "type": "sentence_transformers.models.Dense"},
            {"path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}]"#;
        let index =
            r#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors"}}"#;
        let mut all = vec![
            "modules.json",
            "config_sentence_transformers.json",
            "0_Transformer/config.json",
            "0_Transformer/sentence_roberta_config.json",
            "0_Transformer/tokenizer.json",
            "0_Transformer/model-1.safetensors",
            "0_Transformer/model-2.safetensors",
            "0_Transformer/model.safetensors.index.json",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/pytorch_model.bin",
            "9_Other/config.json",
            "tokenizer_config.json",
        ];
        let contents = [
            ("modules.json", modules),
            ("0_Transformer/model.safetensors.index.json", index),
        ];
        let found = needed(&all, &contents).unwrap();
        let expected = [
            "modules.json",
            "0_Transformer/config.json",
            "config_sentence_transformers.json",
            "0_Transformer/sentence_roberta_config.json",
            "0_Transformer/tokenizer.json",
            "tokenizer_config.json",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/pytorch_model.bin",
            "0_Transformer/model.safetensors.index.json",
            "0_Transformer/model-1.safetensors",
            "0_Transformer/model-2.safetensors",
        ];
        assert_eq!(found.files, expected);
        assert!(found.whole);
        all.retain(|name| !name.ends_with("model-2.safetensors"));
        assert!(!needed(&all, &contents).unwrap().whole);
    }

    #[test]
    fn names_that_leave_the_repository_are_refused() {
        let shards = ["../x", "/etc/passwd", "a/b", "..", ".", "", "a\\b"];
        let maps = shards.map(|shard| serde_json::json!({ "a": shard }));
        for map in maps.into_iter().chain([serde_json::json!({})]) {
            let index = serde_json::json!({ "weight_map": map }).to_string();
            let error = needed(
                &["config.json", "model.safetensors.index.json"],
                &[("model.safetensors.index.json", &index)],
            );
            assert!(matches!(error, Err(Error::BadModel(_))), "{index}");
        }
        let modules = r#"[{"path": "../x", "type": "sentence_transformers.models.Transformer"}]"#;
        assert!(matches!(
            needed(&["modules.json"], &[("modules.json", modules)]),
            Err(Error::BadModel(_))
        ));
    }

    #[test]
    fn what_cannot_be_loaded_is_said() {
        for (name, word) in [
            ("tf_model.h5", "TensorFlow"),
            ("q4.gguf", "llama.cpp"),
            ("onnx/model.onnx", "exported"),
            ("adapter_model.bin", "adapter"),
        ] {
            let names = ["config.json", name].iter().map(|n| n.to_string()).collect();
            assert!(matches!(nothing("o/n", &names), Error::Unsupported(s) if s.contains(word) && s.contains("o/n")));
        }
        assert!(matches!(nothing("o/n", &BTreeSet::new()), Error::NotFound(s) if s.contains("config.json")));
    }
}
