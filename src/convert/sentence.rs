//! What a sentence-transformers folder says beyond its transformer: modules, prompts, lengths.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use tch::{nn, Tensor};

use super::{object, weights};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::models::sentence::{Dense, Head, On, Pooling, SentenceEncoder};
use crate::models::{TextEncoder, WeightNames};
use crate::source::{Checkpoint, ModuleEntry};

/// The files in which sentence-transformers has kept the transformer module's settings over time.
const TRANSFORMER_CONFIGS: [&str; 7] = [
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
];

/// A definition with what `modules.json` puts behind it.
pub struct Assembled {
    pub model: SentenceEncoder,
    /// The variable under which each Dense module's weights stand, and its folder.
    pub dense: Vec<(String, String)>,
    /// Which file said how to pool.
    pub pooling_source: &'static str,
}

/// Puts behind the encoder what the checkpoint says; a plain folder gets mean pooling.
pub fn assemble(checkpoint: &Checkpoint, encoder: Box<dyn TextEncoder>, store: &nn::VarStore) -> Result<Assembled> {
    let settings = settings(checkpoint)?;
    let mut model = SentenceEncoder {
        encoder,
        pooling: Pooling::mean(),
        head: Vec::new(),
        truncate_dim: settings.truncate_dim,
    };
    let modules = checkpoint.modules();
    if let Some(modules) = modules.filter(|_| settings.of_cross_encoder()) {
        check_cross_encoder(modules)?;
    }
    let Some(modules) = modules.filter(|_| !settings.of_cross_encoder()) else {
        return Ok(Assembled {
            model,
            dense: Vec::new(),
            pooling_source: "default",
        });
    };
    let mut dense = Vec::new();
    let mut pooled = false;
    for (i, module) in modules.iter().enumerate() {
        let file = if module.path.is_empty() {
            "config.json".into()
        } else {
            format!("{}/config.json", module.path)
        };
        let config = || {
            checkpoint.read(&file)?.ok_or_else(|| {
                Error::NotFound(format!(
                    "modules.json names a {} module, but {file} is not there",
                    module.kind
                ))
            })
        };
        match (module.kind.as_str(), pooled) {
            ("Transformer", _) if i == 0 => {}
            ("Pooling", false) => {
                model.pooling = Pooling::from_json(&file, &config()?, model.encoder.hidden_size())?;
                pooled = true;
            }
            ("Dense", true) => {
                let variable = format!("{}{i}", weights::MODULE);
                let stored = checkpoint.weights(&module.path)?.values();
                let path = store.root() / &variable;
                let module_ = Dense::from_json(path, &file, &config()?, model.whole_dim(), stored, On::Sentence)?;
                model.head.push(Head::Dense(Box::new(module_)));
                dense.push((variable, module.path.clone()));
            }
            ("Normalize", true) => {
                // Its folder is mostly empty, and its path may be the root's.
                if let Some(config) = object(&file, checkpoint.read(&file)?.filter(|_| !module.path.is_empty()))? {
                    only(&file, &config, "module_input_name", &["sentence_embedding".into()])?;
                    only(&file, &config, "module_output_name", &["sentence_embedding".into()])?;
                }
                model.head.push(Head::Normalize);
            }
            // It does nothing unless a model is trained.
            ("Dropout", true) => {}
            _ => {
                return Err(Error::Unsupported(format!(
                    "modules.json has {} at place {i}; what is implemented is a Transformer, then Pooling, then Dense and Normalize",
                    module.full
                )));
            }
        }
    }
    if !pooled {
        return Err(Error::BadModel(
            "modules.json has no Pooling module, so nothing makes one vector of a text".into(),
        ));
    }
    Ok(Assembled {
        model,
        dense,
        pooling_source: "modules.json",
    })
}

/// A CrossEncoder is a checkpoint with a head; it has no vectors of its own, so they are those of a plain folder.
fn check_cross_encoder(modules: &[ModuleEntry]) -> Result<()> {
    match modules {
        [module] if module.kind == "Transformer" => Ok(()),
        _ => {
            let kinds: Vec<&str> = modules.iter().map(|module| module.kind.as_str()).collect();
            Err(Error::Unsupported(format!(
                "modules.json: of CrossEncoders only a Transformer alone is implemented, not {}",
                kinds.join(", ")
            )))
        }
    }
}

/// Loads the Dense modules' weights into their variables (each variable with its module's folder), and returns those that are
/// not kept in f32.
pub fn load_dense(
    checkpoint: &Checkpoint,
    dense: &[(String, String)],
    store: &nn::VarStore,
    call: &Call,
) -> Result<BTreeMap<String, Tensor>> {
    const NAMES: WeightNames = WeightNames {
        prefixes: &[],
        heads: &[],
        buffers: &[],
    };
    let mut stored = BTreeMap::new();
    for (variable, folder) in dense {
        let weights = checkpoint.weights(folder)?;
        stored.extend(weights::load(store, Some(variable), &weights, &NAMES, call)?);
    }
    Ok(stored)
}

/// What sentence-transformers keeps for a whole model.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Settings {
    pub prompts: Option<BTreeMap<String, String>>,
    pub default_prompt_name: Option<String>,
    truncate_dim: Option<i64>,
    model_type: Option<String>,
    /// A CrossEncoder's: what makes scores of its logits.
    pub activation_fn: Option<String>,
}

impl Settings {
    /// Whether the model was saved to score pairs of texts, and not to embed.
    fn of_cross_encoder(&self) -> bool {
        self.model_type.as_deref() == Some("CrossEncoder")
    }
}

pub fn settings(checkpoint: &Checkpoint) -> Result<Settings> {
    const NAME: &str = "config_sentence_transformers.json";
    let bad = |what: String| Error::BadModel(format!("{NAME} cannot be used: {what}"));
    let Some(bytes) = checkpoint.read(NAME)?.filter(|_| checkpoint.modules().is_some()) else {
        return Ok(Settings::default());
    };
    let settings: Settings = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
    if let Some(kind) = settings.model_type.as_deref() {
        if !["SentenceTransformer", "CrossEncoder", "ColBERT"].contains(&kind) {
            return Err(Error::Unsupported(format!(
                "{NAME}: a model of type {kind} is neither a SentenceTransformer nor a CrossEncoder nor a ColBERT"
            )));
        }
    }
    let default = settings.default_prompt_name.as_deref();
    if let Some(name) = default.filter(|name| !settings.prompts.as_ref().is_some_and(|p| p.contains_key(*name))) {
        return Err(bad(format!("its default prompt {name:?} is none of its prompts")));
    }
    if settings.truncate_dim.is_some_and(|dim| dim < 1) {
        return Err(bad("truncate_dim is below 1".into()));
    }
    Ok(settings)
}

/// The transformer module's own settings: the first of its files that is there.
pub fn transformer_config(checkpoint: &Checkpoint) -> Result<Option<Map<String, Json>>> {
    if checkpoint.modules().is_none() {
        return Ok(None);
    }
    for name in TRANSFORMER_CONFIGS {
        let path = match checkpoint.transformer_path() {
            "" => name.to_string(),
            folder => format!("{folder}/{name}"),
        };
        if let Some(found) = object(&path, checkpoint.read(&path)?)? {
            let task = match settings(checkpoint)?.of_cross_encoder() {
                true => ("sequence-classification", "scores"),
                false => ("feature-extraction", "token_embeddings"),
            };
            check_transformer_config(name, &found, task)?;
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Refuses settings of the transformer module that change its vectors and are not implemented.
fn check_transformer_config(file: &str, config: &Map<String, Json>, (task, output): (&str, &str)) -> Result<()> {
    let nothing = [Json::Object(Map::new())];
    for name in [
        "model_args",
        "model_kwargs",
        "config_args",
        "config_kwargs",
        "tokenizer_name_or_path",
    ] {
        only(file, config, name, &nothing)?;
    }
    only(file, config, "transformer_task", &[task.into()])?;
    only(file, config, "module_output_name", &[output.into()])?;
    for name in ["tokenizer_args", "processor_kwargs"] {
        for key in config
            .get(name)
            .and_then(Json::as_object)
            .into_iter()
            .flat_map(Map::keys)
        {
            if key != "model_max_length" {
                return Err(Error::Unsupported(format!(
                    "{file}: {key} in {name} is not implemented"
                )));
            }
        }
    }
    Ok(())
}

/// Refuses a field that has another value than the ones that are implemented; null counts as absent.
fn only(file: &str, config: &Map<String, Json>, name: &str, implemented: &[Json]) -> Result<()> {
    match config.get(name).filter(|v| !v.is_null()) {
        Some(value) if !implemented.contains(value) => Err(Error::Unsupported(format!(
            "{file}: {name} = {value} is not implemented"
        ))),
        _ => Ok(()),
    }
}
