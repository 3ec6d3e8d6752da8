//! Checkpoint → bundle: build the definition, give it the checkpoint's weights, trace it, write it down. No Python.

mod sentence;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use sentence::Assembled;
use serde_json::{Map, Value as Json};
use tch::{nn, Kind, Tensor};

use crate::bundle::{self, Manifest, Method, Source};
use crate::control::{Call, Stage};
use crate::error::{Error, Result};
use crate::models::sentence::SentenceEncoder;
use crate::models::{self, Config, TextInput, WeightNames};
use crate::source::{self, Checkpoint, Weights};
use crate::torch::{self, Module, Value};

/// The methods of a bundle that embeds texts.
pub const EMBED_TEXT: &str = "embed_text";
/// The same without a mask, for batches in which no row has padding.
pub const EMBED_TEXT_UNMASKED: &str = "embed_text_unmasked";
/// The same without the Normalize at the end; only where there is one.
pub const EMBED_TEXT_UNNORMALIZED: &str = "embed_text_unnormalized";

/// Converts a text encoder's checkpoint and writes the bundle to `target`. Called on a compute thread.
pub fn convert(checkpoint: &Checkpoint, target: &Path, call: &Call) -> Result<()> {
    let weights = checkpoint.weights(checkpoint.transformer_path())?;
    let config = Config::new(checkpoint.config(), weights.values())?;
    let family = models::family(&config)?;
    let store = nn::VarStore::new(tch::Device::Cpu);
    let encoder = (family.build)(&store.root(), &config)?;
    let Assembled {
        model,
        dense,
        pooling_source,
    } = sentence::assemble(checkpoint, encoder, &store)?;

    let sha256 = weights.sha256(call)?;
    call.stage(Stage::Converting, store.len() as u64);
    let mut stored = load(&store, None, &weights, &family.names, call)?;
    for (variable, folder) in &dense {
        let names = WeightNames {
            prefixes: &[],
            heads: &[],
            buffers: &[],
        };
        stored.extend(load(
            &store,
            Some(variable),
            &checkpoint.weights(folder)?,
            &names,
            call,
        )?);
    }

    let tokenizer_json = text::tokenizer_json(checkpoint)?;
    let text = text::manifest(checkpoint, &model, pooling_source, &tokenizer_json)?;
    let (module, methods) = trace(&store, &model, &stored, call)?;
    let manifest = Manifest {
        format: bundle::FORMAT,
        glyxel: env!("CARGO_PKG_VERSION").into(),
        libtorch: torch::libtorch_version().into(),
        architecture: family.model_type.into(),
        methods,
        text: Some(text),
        source: Source {
            location: location(checkpoint),
            revision: checkpoint.origin().map(|origin| origin.commit.clone()),
            licence: checkpoint.licence()?,
            weights_sha256: sha256,
            weights_dtype: dtypes(&weights),
        },
        sealed: true,
    };
    let mut extra = vec![
        (bundle::MANIFEST.to_string(), manifest.to_json()?.into_bytes()),
        ("tokenizer.json".to_string(), tokenizer_json),
    ];
    extra.extend(
        checkpoint
            .config_files()?
            .into_iter()
            .map(|(path, bytes)| (format!("configs/{path}"), bytes)),
    );
    call.check()?;
    let file = File::create(target).map_err(|e| Error::io("writing", target, &e))?;
    module.save(BufWriter::new(file), &extra)?;
    bundle::seal(target)
}

/// The repository's id, or the folder's own name: where it stood is its owner's business, and a bundle may be passed on.
fn location(checkpoint: &Checkpoint) -> String {
    if let Some(origin) = checkpoint.origin() {
        return origin.repo.clone();
    }
    let root = checkpoint.root();
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    root.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Copies a checkpoint's weights into the variables under `path` (`None`: those that belong to no module), and returns
/// those that the checkpoint keeps in another precision than f32, as they are there.
fn load(
    store: &nn::VarStore,
    path: Option<&str>,
    weights: &Weights,
    names: &WeightNames,
    call: &Call,
) -> Result<BTreeMap<String, Tensor>> {
    let under = |name: &str| match path {
        Some(path) => name
            .strip_prefix(path)
            .and_then(|n| n.strip_prefix('.'))
            .map(str::to_string),
        None => (!name.starts_with(sentence::MODULE)).then(|| name.to_string()),
    };
    let mut variables: BTreeMap<String, (String, Tensor)> = store
        .variables()
        .into_iter()
        .filter_map(|(full, variable)| under(&full).map(|name| (name, (full, variable))))
        .collect();
    let mut wanted: BTreeSet<String> = variables.keys().cloned().collect();
    // What is not trained the definition has computed, and a checkpoint may leave it out.
    let there: BTreeSet<String> = weights.names().map(|name| names.own(name)).collect();
    wanted.retain(|name| there.contains(name) || variables.get(name).is_none_or(|(_, v)| v.requires_grad()));
    let mut stored = BTreeMap::new();
    for (name, theirs) in names.assign(&wanted, weights.names())? {
        call.check()?;
        let Some((full, variable)) = variables.get_mut(&name) else {
            continue;
        };
        let tensor = weights.tensor(theirs)?;
        if tensor.size() != variable.size() {
            return Err(Error::BadModel(format!(
                "the weights do not fit config.json: {theirs} is {:?}, but should be {:?}",
                tensor.size(),
                variable.size()
            )));
        }
        if !tensor.is_floating_point() {
            return Err(Error::Unsupported(format!(
                "the weight {theirs} is stored as {:?}; quantised checkpoints are not implemented",
                tensor.kind()
            )));
        }
        tch::no_grad(|| variable.f_copy_(&tensor))
            .map_err(|e| Error::Internal(format!("copying {theirs} failed: {e}")))?;
        if tensor.kind() != Kind::Float {
            stored.insert(full.clone(), tensor);
        }
        call.advance(1);
    }
    Ok(stored)
}

/// Every precision that the weights are stored in.
fn dtypes(weights: &Weights) -> String {
    let kinds: BTreeSet<String> = weights.names().filter_map(|name| weights.dtype(name)).collect();
    kinds.into_iter().collect::<Vec<_>>().join(", ")
}

/// Traces the methods on the variables, which become the module's parameters in the checkpoint's own precision.
fn trace(
    store: &nn::VarStore,
    model: &SentenceEncoder,
    stored: &BTreeMap<String, Tensor>,
    call: &Call,
) -> Result<(Module, Vec<Method>)> {
    let mut module = Module::empty()?;
    let mut variables: Vec<_> = store.variables().into_iter().collect();
    variables.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, variable) in &mut variables {
        *variable = variable.set_requires_grad(false);
        module.set_parameter(name, variable)?;
    }
    let pool_mask = !model.pooling.include_prompt;
    let masked: &[&str] = if pool_mask { &["mask", "pool_mask"] } else { &["mask"] };
    let mut methods = Vec::new();
    let mut add = |name: &str, masks: &[&str], normalize: bool| -> Result<()> {
        call.check()?;
        let mut inputs = vec!["ids"];
        inputs.extend(masks);
        if model.encoder.type_vocab_size().is_some() {
            inputs.push("type_ids");
        }
        let tokens = model.encoder.max_tokens().unwrap_or(4).clamp(1, 4);
        let example = |input: &&str| {
            let ones = Tensor::ones([2, tokens], (Kind::Int64, tch::Device::Cpu));
            Value::Tensor(if input.ends_with("mask") {
                ones
            } else {
                ones.zeros_like()
            })
        };
        let named: Vec<(&str, Value)> = inputs.iter().map(|input| (*input, example(input))).collect();
        torch::trace(&mut module, name, &named, |values| {
            let get = |wanted: &str| {
                inputs.iter().zip(values).find_map(|(input, value)| match value {
                    Value::Tensor(tensor) if *input == wanted => Some(tensor),
                    _ => None,
                })
            };
            let ids = get("ids").ok_or_else(|| Error::Internal("a text method without ids".into()))?;
            let input = TextInput {
                ids,
                mask: get("mask"),
                type_ids: get("type_ids"),
            };
            Ok(vec![model.forward(&input, get("pool_mask"), normalize, false).into()])
        })?;
        let inputs = inputs.iter().map(|input| input.to_string()).collect();
        methods.push(Method {
            name: name.into(),
            inputs,
            outputs: vec!["embedding".into()],
        });
        Ok(())
    };
    add(EMBED_TEXT, masked, true)?;
    if !pool_mask {
        add(EMBED_TEXT_UNMASKED, &[], true)?;
    }
    if model.normalizes() {
        add(EMBED_TEXT_UNNORMALIZED, masked, false)?;
    }
    for (name, tensor) in stored {
        module.set_parameter(name, tensor)?;
    }
    Ok((module, methods))
}

/// A small file of the checkpoint that should hold a JSON object, if it is there.
fn object(name: &str, bytes: Option<Vec<u8>>) -> Result<Option<Map<String, Json>>> {
    bytes
        .map(|bytes| source::json_object(&bytes, Path::new(name)))
        .transpose()
}
