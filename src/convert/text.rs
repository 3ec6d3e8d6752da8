//! The text side of a bundle: its tokenizer, and the part of the manifest about texts.

use serde_json::{Map, Value as Json};

use tch::{Kind, Tensor};

use super::classes;
use super::sentence::Assembled;
use super::tracer::{Inputs, Tracer};
use super::{cross_encoder, object, sentence};
use crate::bundle::{
    TextManifest, CLASSIFY_TEXT, CLASSIFY_TEXT_UNMASKED, EMBED_TEXT, EMBED_TEXT_UNMASKED, EMBED_TEXT_UNNORMALIZED,
    EMBED_TOKENS, HIDDEN_STATES,
};
use crate::error::{Error, Result};
use crate::models::sentence::{LateInteractionEncoder, SentenceEncoder};
use crate::models::{Facts, TextClassifier, TextEncoder, TextInput, TextTower};
use crate::source::Checkpoint;
use crate::text;

/// What a bundle says of the encoder of its texts, whatever definition it has.
pub struct TextFacts<'a> {
    encoder: &'a Facts,
    dim: i64,
    pooling: Vec<String>,
    /// Which file said how to pool.
    pooling_source: &'a str,
    normalize: bool,
    normalizes_last: bool,
    include_prompt: bool,
    padded: bool,
    /// How many classes its head tells apart, if it has one.
    classes: Option<usize>,
}

impl<'a> TextFacts<'a> {
    pub fn of_sentence(assembled: &'a Assembled, classes: Option<i64>) -> Self {
        let model = &assembled.model;
        TextFacts {
            encoder: model.encoder.facts(),
            dim: model.dim(),
            pooling: model.pooling.modes.iter().map(|mode| mode.name().to_string()).collect(),
            pooling_source: assembled.pooling_source,
            normalize: model.normalizes(),
            normalizes_last: model.normalizes_last(),
            include_prompt: model.pooling.include_prompt,
            padded: false,
            classes: classes.map(|n| n as usize),
        }
    }

    pub fn of_classifier(classifier: &'a dyn TextClassifier) -> Self {
        TextFacts {
            encoder: classifier.facts(),
            dim: 0,
            pooling: Vec::new(),
            pooling_source: "architecture",
            normalize: false,
            normalizes_last: false,
            include_prompt: true,
            padded: false,
            classes: Some(classifier.classes() as usize),
        }
    }

    /// Of a model that makes vectors of tokens, and none of a text.
    pub fn of_tokens(encoder: &'a Facts) -> Self {
        TextFacts {
            encoder,
            dim: 0,
            pooling: Vec::new(),
            pooling_source: "late interaction",
            normalize: false,
            normalizes_last: false,
            include_prompt: true,
            padded: false,
            classes: None,
        }
    }

    pub fn of_tower(tower: &'a dyn TextTower) -> Self {
        TextFacts {
            encoder: tower.facts(),
            dim: tower.dim(),
            pooling: vec![tower.pooling().into()],
            pooling_source: "architecture",
            normalize: false,
            normalizes_last: false,
            include_prompt: true,
            padded: tower.padded(),
            classes: None,
        }
    }
}

pub fn tokenizer_config(checkpoint: &Checkpoint) -> Result<Map<String, Json>> {
    let read = |name: &str| object(name, checkpoint.transformer(name)?);
    Ok(text::tokenizer_config(
        read("tokenizer_config.json")?.as_ref(),
        read("special_tokens_map.json")?.as_ref(),
        read("added_tokens.json")?.as_ref(),
        checkpoint.config(),
    ))
}

/// The one file that a bundle's tokeniser is read from.
pub fn tokenizer_json(checkpoint: &Checkpoint) -> Result<Vec<u8>> {
    let config = tokenizer_config(checkpoint)?;
    text::tokenizer_json(&config, &|name| checkpoint.transformer(name)).map_err(|e| match e {
        Error::NotFound(what) => Error::NotFound(format!("{} has {what}", checkpoint.root().display())),
        other => other,
    })
}

/// Whatever turns texts into this model's vectors but stands in no weight.
pub fn manifest(checkpoint: &Checkpoint, facts: &TextFacts, tokenizer_json: &[u8]) -> Result<TextManifest> {
    let settings = sentence::settings(checkpoint)?;
    let sentence_config = sentence::transformer_config(checkpoint)?;
    let encoder = facts.encoder;
    let max_length = text::max_length(
        &tokenizer_config(checkpoint)?,
        sentence_config.as_ref(),
        encoder.max_tokens,
    );
    let impossible = |what: String| {
        Error::BadModel(format!(
            "the checkpoint's own limit of tokens (max_seq_length in sentence_bert_config.json, model_max_length in tokenizer_config.json or max_position_embeddings in config.json) cannot be: {what}"
        ))
    };
    if max_length == 0 {
        return Err(impossible("it is 0, so no text would have a token".into()));
    }
    let lowercase = sentence_config
        .as_ref()
        .and_then(|c| c.get("do_lower_case"))
        .and_then(Json::as_bool)
        .unwrap_or(false);
    // Reading it here finds a tokenizer that cannot work before anything is written.
    let tokenizer = text::Tokenizer::from_json(tokenizer_json, text::Settings { max_length, lowercase });
    let tokenizer = tokenizer.map_err(|e| match e {
        // It is said as if the caller had asked for this length.
        Error::InvalidArgument(what) => impossible(what),
        other => other,
    })?;
    let vocab_size = encoder.vocab_size as usize;
    if tokenizer.id_bound() > vocab_size {
        return Err(Error::BadModel(format!(
            "the tokenizer gives ids up to {}, but config.json has a vocab_size of {vocab_size}: they belong to different models",
            tokenizer.id_bound() - 1
        )));
    }
    if let Some(types) = encoder.types {
        // Type ids are put in by the post-processor, to special tokens and to all of a text alike.
        let mut given = [tokenizer.encode("")?.type_ids, tokenizer.encode("a")?.type_ids].concat();
        if facts.classes.is_some() && gives_type_ids(checkpoint)? {
            given.extend(tokenizer.pair_type_ids()?);
        }
        if let Some(id) = given.into_iter().find(|id| i64::from(*id) >= types) {
            return Err(Error::BadModel(format!(
                "the tokenizer gives the type id {id}, but config.json has a type_vocab_size of {types}: they belong to different models"
            )));
        }
    }
    let config = checkpoint.config();
    let named = |n: usize| Some((classes::by_id(config.get("id2label")?, n)?, "id2label"));
    let classes = facts.classes.map(|n| classes::manifest(config, n, named(n)));
    let score = match facts.classes {
        Some(1) => Some(cross_encoder::activation(settings.activation_fn.as_deref(), config)?),
        _ => None,
    };
    Ok(TextManifest {
        max_length,
        dim: facts.dim as usize,
        pooling: facts.pooling.clone(),
        pooling_source: facts.pooling_source.into(),
        normalize: facts.normalize,
        normalizes_last: facts.normalizes_last,
        lowercase,
        prompts: settings.prompts.unwrap_or_default(),
        default_prompt_name: settings.default_prompt_name,
        vocab_size,
        pad_token_id: encoder.pad_token_id as usize,
        include_prompt: facts.include_prompt,
        padded: facts.padded,
        ragged: true,
        entailment: classes.as_ref().and_then(|c| classes::entailment(config, c)),
        classes,
        score,
        layers: encoder.layers as usize,
        hidden_size: encoder.hidden_size as usize,
        late_interaction: None,
    })
}

/// An example of ids or masks: (2, tokens), 2 so that nothing is taken for a batch of one.
fn example(encoder: &Facts) -> Tensor {
    let tokens = encoder.max_tokens.unwrap_or(4).clamp(1, 4);
    Tensor::ones([2, tokens], (Kind::Int64, tch::Device::Cpu))
}

fn text_input<'a>(inputs: &'a Inputs) -> Result<TextInput<'a>> {
    Ok(TextInput {
        ids: inputs.required("ids")?,
        mask: inputs.get("mask"),
        type_ids: inputs.get("type_ids"),
    })
}

/// What a method reads that looks at every token.
fn of_tokens(encoder: &dyn TextEncoder) -> Vec<(&'static str, Tensor)> {
    let ones = example(encoder.facts());
    let mut inputs = vec![("ids", ones.zeros_like()), ("mask", ones.shallow_clone())];
    if encoder.type_vocab_size().is_some() {
        inputs.push(("type_ids", ones.zeros_like()));
    }
    inputs
}

/// In the precision of the weights, for whoever reads one of them makes f32 of that one only.
pub fn trace_hidden_states(tracer: &mut Tracer, encoder: &dyn TextEncoder) -> Result<()> {
    tracer.add_list(HIDDEN_STATES, &of_tokens(encoder), HIDDEN_STATES, |inputs| {
        Ok(encoder.hidden_states(&text_input(inputs)?, false))
    })
}

pub fn trace_tokens(tracer: &mut Tracer, model: &LateInteractionEncoder) -> Result<()> {
    let inputs = of_tokens(model.encoder.as_ref());
    tracer.add(EMBED_TOKENS, &inputs, "embeddings", |inputs| {
        Ok(model.forward(&text_input(inputs)?, false))
    })
}

pub fn trace_sentence(tracer: &mut Tracer, model: &SentenceEncoder) -> Result<()> {
    let ones = example(model.encoder.facts());
    let pool_mask = !model.pooling.include_prompt;
    let masked: &[&str] = if pool_mask { &["mask", "pool_mask"] } else { &["mask"] };
    let mut add = |name: &str, masks: &[&str], normalize: bool| {
        let mut inputs = vec![("ids", ones.zeros_like())];
        inputs.extend(masks.iter().map(|mask| (*mask, ones.shallow_clone())));
        if model.encoder.type_vocab_size().is_some() {
            inputs.push(("type_ids", ones.zeros_like()));
        }
        tracer.add(name, &inputs, "embedding", |inputs| {
            let input = text_input(inputs)?;
            Ok(model.forward(&input, inputs.get("pool_mask"), normalize, false))
        })
    };
    add(EMBED_TEXT, masked, true)?;
    if !pool_mask {
        add(EMBED_TEXT_UNMASKED, &[], true)?;
    }
    if model.normalizes() {
        add(EMBED_TEXT_UNNORMALIZED, masked, false)?;
    }
    Ok(())
}

/// Whether `transformers` gives the model the types that the tokenizer tells apart; else all are of type 0.
fn gives_type_ids(checkpoint: &Checkpoint) -> Result<bool> {
    Ok(text::gives_type_ids(&tokenizer_config(checkpoint)?))
}

pub fn trace_classifier(tracer: &mut Tracer, checkpoint: &Checkpoint, classifier: &dyn TextClassifier) -> Result<()> {
    let ones = example(classifier.facts());
    let typed = classifier.facts().types.is_some() && gives_type_ids(checkpoint)?;
    for (name, masked) in [(CLASSIFY_TEXT, true), (CLASSIFY_TEXT_UNMASKED, false)] {
        let mut inputs = vec![("ids", ones.zeros_like())];
        if masked {
            inputs.push(("mask", ones.shallow_clone()));
        }
        if typed {
            inputs.push(("type_ids", ones.zeros_like()));
        }
        tracer.add(name, &inputs, "logits", |inputs| {
            Ok(classifier.classify(&text_input(inputs)?, false).to_kind(Kind::Float))
        })?;
    }
    Ok(())
}

/// A tower looks past padding by itself, or was trained with it: it takes no mask.
pub fn trace_tower(tracer: &mut Tracer, tower: &dyn TextTower) -> Result<()> {
    let ids = example(tower.facts()).zeros_like();
    tracer.add(EMBED_TEXT, &[("ids", ids)], "embedding", |inputs| {
        Ok(tower.embed(inputs.required("ids")?, false).to_kind(Kind::Float))
    })
}
