//! Checkpoints that were trained for late interaction: folders of PyLate 1.6, which are sentence-transformers' with a Dense module
//! of its own, and those of Stanford's colbert-ai 0.2.22, which put one linear layer beside the encoder.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use tch::nn;

use super::{text, weights};
use crate::bundle::{Expansion, LateInteractionManifest, Marked, TextManifest};
use crate::error::{Error, Result};
use crate::models::sentence::{Dense, LateInteractionEncoder, On};
use crate::models::TextEncoder;
use crate::source::{Checkpoint, ModuleEntry};
use crate::text::{Settings, Tokenizer};

const PYLATE: &str = "config_sentence_transformers.json";
const STANFORD: &str = "artifact.metadata";
/// Python's `string.punctuation`.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Who saved a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    PyLate,
    Stanford,
}

/// The form of a checkpoint that was trained for late interaction.
pub fn form(checkpoint: &Checkpoint) -> Option<Form> {
    let architectures = checkpoint.config().get("architectures").and_then(Json::as_array);
    match checkpoint.modules() {
        Some(modules) => modules.iter().any(ModuleEntry::is_pylate).then_some(Form::PyLate),
        None => architectures?
            .iter()
            .any(|name| name == "HF_ColBERT")
            .then_some(Form::Stanford),
    }
}

/// A definition with its projection.
pub struct Assembled {
    pub model: LateInteractionEncoder,
    /// The variable under which each Dense module's weights stand, and its folder.
    pub dense: Vec<(String, String)>,
}

impl Form {
    /// Puts the projection behind the encoder.
    pub fn assemble(
        self,
        checkpoint: &Checkpoint,
        encoder: Box<dyn TextEncoder>,
        store: &nn::VarStore,
    ) -> Result<Assembled> {
        let model = LateInteractionEncoder {
            encoder,
            projection: Vec::new(),
        };
        match self {
            Form::PyLate => of_modules(checkpoint, model, store),
            Form::Stanford => of_stanford(checkpoint, model, store),
        }
    }

    /// Whatever turns texts into vectors of tokens but stands in no weight.
    pub fn manifest(
        self,
        checkpoint: &Checkpoint,
        model: &LateInteractionEncoder,
        tokenizer_json: &[u8],
    ) -> Result<TextManifest> {
        let facts = text::TextFacts::of_tokens(model.encoder.facts());
        let mut manifest = text::manifest(checkpoint, &facts, tokenizer_json)?;
        let words = Words::of(checkpoint, &manifest, tokenizer_json)?;
        let habits = match self {
            Form::PyLate => Habits::of_pylate(checkpoint, &words)?,
            Form::Stanford => Habits::of_stanford(checkpoint, &words)?,
        };
        let positions = model.encoder.max_tokens().map_or(usize::MAX, |n| n.max(0) as usize);
        manifest.late_interaction = Some(habits.manifest(model.dim() as usize, positions, &words)?);
        Ok(manifest)
    }
}

fn of_modules(checkpoint: &Checkpoint, mut model: LateInteractionEncoder, store: &nn::VarStore) -> Result<Assembled> {
    let mut dense = Vec::new();
    for (i, module) in checkpoint.modules().unwrap_or_default().iter().enumerate() {
        match module.kind.as_str() {
            "Transformer" if i == 0 => {}
            "Dense" if i > 0 => {
                let file = format!("{}/config.json", module.path);
                let config = checkpoint.read(&file)?.ok_or_else(|| {
                    Error::NotFound(format!("modules.json names a Dense module, but {file} is not there"))
                })?;
                let variable = format!("{}{i}", weights::MODULE);
                let stored = checkpoint.weights(&module.path)?.values();
                let path = store.root() / &variable;
                let projection = Dense::from_json(path, &file, &config, model.dim(), stored, On::Tokens)?;
                model.projection.push(projection);
                dense.push((variable, module.path.clone()));
            }
            _ => {
                return Err(Error::Unsupported(format!(
                    "modules.json has {} at place {i}; of PyLate's models a Transformer and Dense modules behind it are implemented",
                    module.full
                )))
            }
        }
    }
    Ok(Assembled { model, dense })
}

fn of_stanford(checkpoint: &Checkpoint, mut model: LateInteractionEncoder, store: &nn::VarStore) -> Result<Assembled> {
    const WEIGHT: &str = "linear.weight";
    let hidden_size = model.encoder.hidden_size();
    let weights = checkpoint.weights(checkpoint.transformer_path())?;
    let outputs = match weights.shape(WEIGHT) {
        Some([outputs, inputs]) if *inputs as i64 == hidden_size && *outputs > 0 => *outputs as i64,
        Some(shape) => {
            return Err(Error::BadModel(format!(
                "the weight {WEIGHT} is {shape:?}, but the hidden size is {hidden_size}"
            )))
        }
        None => {
            return Err(Error::BadModel(format!(
                "config.json says HF_ColBERT, but the weights have no {WEIGHT}, by which tokens become vectors"
            )))
        }
    };
    let path = store.root() / "linear";
    model.projection.push(Dense::plain(path, hidden_size, outputs)?);
    Ok(Assembled {
        model,
        dense: Vec::new(),
    })
}

/// What a model does with queries and documents.
struct Habits {
    query: Marked,
    document: Marked,
    /// Queries are filled up with this, and whether it is attended to.
    expansion: Option<Expansion>,
    skipped: Vec<u32>,
    /// The file that says so.
    file: &'static str,
}

impl Habits {
    fn of_pylate(checkpoint: &Checkpoint, words: &Words) -> Result<Self> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Config {
            query_prefix: Option<String>,
            document_prefix: Option<String>,
            query_length: Option<usize>,
            document_length: Option<usize>,
            do_query_expansion: Option<bool>,
            attend_to_expansion_tokens: Option<bool>,
            skiplist_words: Option<Vec<String>>,
        }
        let config: Config = match checkpoint.read(PYLATE)? {
            None => Config::default(),
            Some(bytes) => {
                serde_json::from_slice(&bytes).map_err(|e| Error::BadModel(format!("{PYLATE} cannot be used: {e}")))?
            }
        };
        let marker = |name: &str, prefix: Option<String>, usual: &str| match prefix.as_deref().unwrap_or(usual) {
            "" => Ok(None),
            prefix => words.id(PYLATE, name, prefix).map(Some),
        };
        let expansion = match config.do_query_expansion.unwrap_or(true) {
            false => None,
            true => Some(Expansion {
                token: words.filler(PYLATE)?,
                attended: config.attend_to_expansion_tokens.unwrap_or(false),
            }),
        };
        let punctuation = || PUNCTUATION.chars().map(String::from).collect();
        let skipped = config.skiplist_words.unwrap_or_else(punctuation);
        Ok(Habits {
            query: Marked {
                marker: marker("query_prefix", config.query_prefix, "[Q] ")?,
                max_length: config.query_length.unwrap_or(32),
            },
            document: Marked {
                marker: marker("document_prefix", config.document_prefix, "[D] ")?,
                max_length: config.document_length.unwrap_or(180),
            },
            expansion,
            // A word that the vocabulary lacks stands for the unknown token, which is skipped then.
            skipped: skipped.iter().filter_map(|word| words.id_or_unknown(word)).collect(),
            file: PYLATE,
        })
    }

    fn of_stanford(checkpoint: &Checkpoint, words: &Words) -> Result<Self> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Config {
            query_token_id: Option<String>,
            doc_token_id: Option<String>,
            query_maxlen: Option<usize>,
            doc_maxlen: Option<usize>,
            mask_punctuation: Option<bool>,
            attend_to_mask_tokens: Option<bool>,
            similarity: Option<String>,
            interaction: Option<String>,
        }
        let config: Config = match checkpoint.read(STANFORD)? {
            None => Config::default(),
            Some(bytes) => {
                let bad = |e: serde_json::Error| Error::BadModel(format!("{STANFORD} cannot be used: {e}"));
                let mut fields: Map<String, Json> = serde_json::from_slice(&bytes).map_err(bad)?;
                // Where it was written with an index.
                let fields = fields.remove("config").unwrap_or(Json::Object(fields));
                serde_json::from_value(fields).map_err(bad)?
            }
        };
        for (name, value, implemented) in [
            ("similarity", &config.similarity, "cosine"),
            ("interaction", &config.interaction, "colbert"),
        ] {
            if let Some(value) = value.as_deref().filter(|value| *value != implemented) {
                return Err(Error::Unsupported(format!(
                    "{STANFORD}: {name} = {value:?} is not implemented; {implemented:?} is"
                )));
            }
        }
        let marker = |name: &str, token: Option<String>, usual: &str| {
            words.id(STANFORD, name, token.as_deref().unwrap_or(usual)).map(Some)
        };
        let mut skipped = Vec::new();
        if config.mask_punctuation.unwrap_or(true) {
            for symbol in PUNCTUATION.chars() {
                skipped.extend(words.tokenizer.encode_bare(&symbol.to_string())?.first().copied());
            }
        }
        Ok(Habits {
            query: Marked {
                marker: marker("query_token_id", config.query_token_id, "[unused0]")?,
                max_length: config.query_maxlen.unwrap_or(32),
            },
            document: Marked {
                marker: marker("doc_token_id", config.doc_token_id, "[unused1]")?,
                max_length: config.doc_maxlen.unwrap_or(220),
            },
            expansion: Some(Expansion {
                token: words.filler(STANFORD)?,
                attended: config.attend_to_mask_tokens.unwrap_or(false),
            }),
            skipped,
            file: STANFORD,
        })
    }

    fn manifest(self, dim: usize, positions: usize, words: &Words) -> Result<LateInteractionManifest> {
        let Habits {
            query,
            document,
            expansion,
            mut skipped,
            file,
        } = self;
        if expansion.is_some() && words.tokenizer.pads_left() {
            return Err(Error::Unsupported(
                "tokenizer_config.json: with padding_side = \"left\" queries cannot be filled up; only \"right\" is implemented".into(),
            ));
        }
        for (what, marked) in [("query", query), ("document", document)] {
            let least = words.tokenizer.special_tokens() + usize::from(marked.marker.is_some());
            if marked.max_length < least.max(1) {
                return Err(Error::BadModel(format!(
                    "{file}: the length of a {what} is {}, which leaves no room for its {least} special tokens",
                    marked.max_length
                )));
            }
        }
        skipped.sort_unstable();
        skipped.dedup();
        let manifest = LateInteractionManifest {
            dim,
            query,
            document,
            expansion,
            skipped,
        };
        Ok(manifest.limited(positions))
    }
}

/// The tokens that a tokenizer has names for.
struct Words {
    tokenizer: Tokenizer,
    config: Map<String, Json>,
}

impl Words {
    fn of(checkpoint: &Checkpoint, manifest: &TextManifest, tokenizer_json: &[u8]) -> Result<Self> {
        let settings = Settings {
            max_length: manifest.max_length,
            lowercase: manifest.lowercase,
        };
        Ok(Words {
            tokenizer: Tokenizer::from_json(tokenizer_json, settings)?,
            config: text::tokenizer_config(checkpoint)?,
        })
    }

    /// The id of a marker that a file names in a field.
    fn id(&self, file: &str, field: &str, token: &str) -> Result<u32> {
        self.tokenizer.token_id(token).ok_or_else(|| {
            Error::Unsupported(format!(
                "{file}: {field} is {token:?}, which is no token of the tokenizer, so its vector would have to be made up; take a checkpoint that was saved after it was trained"
            ))
        })
    }

    /// A special token's id: by the config, or as most vocabularies call it.
    fn special(&self, role: &str, usual: &[&str]) -> Option<u32> {
        let named = match self.config.get(role) {
            Some(Json::String(token)) => Some(token.as_str()),
            Some(Json::Object(token)) => token.get("content").and_then(Json::as_str),
            _ => None,
        };
        let mut tokens = named.into_iter().chain(usual.iter().copied());
        tokens.find_map(|token| self.tokenizer.token_id(token))
    }

    fn id_or_unknown(&self, word: &str) -> Option<u32> {
        let unknown = || self.special("unk_token", &["[UNK]", "<unk>"]);
        self.tokenizer.token_id(word).or_else(unknown)
    }

    /// What queries are filled up with: the mask or, where a model has none, the end of a text.
    fn filler(&self, file: &str) -> Result<u32> {
        let mask = self.special("mask_token", &["[MASK]", "<mask>"]);
        mask.or_else(|| self.special("eos_token", &[])).ok_or_else(|| {
            Error::Unsupported(format!(
                "{file}: queries are to be filled up, but the tokenizer has neither a mask_token nor an eos_token"
            ))
        })
    }
}
