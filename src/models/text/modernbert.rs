//! ModernBERT (<https://arxiv.org/abs/2412.13663>): pre-norm, rotary positions, gated layers, and attention that mostly sees
//! near tokens only. Names and arithmetic as `transformers`' ModernBertModel.

use serde_json::Value;
use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{dropout, embedding, linear, rope_theta, rotary_head};
use super::blocks::{
    Activation, AttentionMask, Gate, GatedLayer, HeadNorm, HeadPooling, HeadShape, Norm, Norms, Rotation,
};
use super::encoder::through;
use super::{Build, Config, Facts, Family, TextEncoder, TextInput, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "modernbert",
    build: Build::Text {
        encoder: |path, config| Ok(Box::new(ModernBert::new(path, config)?)),
        head,
    },
    names: WeightNames {
        prefixes: &["model."],
        heads: &["head.", "decoder.", "classifier."],
        buffers: &["rotary_emb.inv_freq"],
    },
};

struct ModernBert {
    tok_embeddings: nn::Embedding,
    norm: Norm,
    layers: Vec<GatedLayer>,
    /// Which layers see near tokens only.
    local: Vec<bool>,
    final_norm: Norm,
    head: i64,
    /// The base of the rotary angles in layers that see all tokens, and in the others.
    global_theta: f64,
    local_theta: f64,
    /// How far the others see to each side.
    window: i64,
    dropout: f64,
    facts: Facts,
}

impl ModernBert {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        config.only("is_decoder", false)?;
        let size = |name: &str, default: i64| config.size(name, Some(default));
        let (vocab_size, hidden_size) = (size("vocab_size", 50368)?, size("hidden_size", 768)?);
        let layers = size("num_hidden_layers", 22)?;
        config.affords(&[
            &[vocab_size, hidden_size],
            &[layers, 4, hidden_size, hidden_size],
            &[layers, 3, hidden_size, size("intermediate_size", 1152)?],
        ])?;
        let heads = size("num_attention_heads", 12)?;
        if hidden_size % heads != 0 {
            return Err(config.wrong("hidden_size", "a multiple of num_attention_heads"));
        }
        config.only("head_dim", hidden_size / heads)?;
        let theta = |kind: &str, old: &str, default: f64| {
            let parameters = config.get("rope_parameters").and_then(|kinds| kinds.get(kind));
            rope_theta("rope_parameters", parameters, config.positive(old, default)?)
        };
        rope_theta("rope_scaling", config.get("rope_scaling"), 0.)?;
        let window = match config.get("sliding_window") {
            Some(_) => config.integer("sliding_window", 0)?,
            None => config.integer("local_attention", 128)? / 2,
        };
        if window < 0 {
            return Err(config.wrong("local_attention", "at least 0"));
        }
        let norm = |path: Path| norm(path, hidden_size, config);
        Ok(ModernBert {
            tok_embeddings: embedding(path / "embeddings" / "tok_embeddings", vocab_size, hidden_size),
            norm: norm(path / "embeddings" / "norm")?,
            layers: (0..layers)
                .map(|i| layer(path / "layers" / i, i == 0, hidden_size, heads, config))
                .collect::<Result<_>>()?,
            local: local_layers(config, layers)?,
            final_norm: norm(path / "final_norm")?,
            head: rotary_head(config, hidden_size, heads)?,
            global_theta: theta("full_attention", "global_rope_theta", 160_000.)?,
            local_theta: theta("sliding_attention", "local_rope_theta", 10_000.)?,
            window,
            dropout: config.dropout("embedding_dropout", 0.)?,
            facts: Facts {
                hidden_size,
                layers,
                vocab_size,
                max_tokens: Some(size("max_position_embeddings", 8192)?),
                pad_token_id: config
                    .token_id("pad_token_id", vocab_size)?
                    .unwrap_or(50283.min(vocab_size - 1)),
                types: None,
            },
        })
    }
}

fn norm(path: Path, width: i64, config: &Config) -> Result<Norm> {
    Ok(Norm::new(
        path,
        width,
        config.positive("norm_eps", 1e-5)?,
        config.flag("norm_bias", false)?,
    ))
}

/// Which layers see near tokens only: by `layer_types`, or else all but each `global_attn_every_n_layers`th.
fn local_layers(config: &Config, layers: i64) -> Result<Vec<bool>> {
    let every = config.size("global_attn_every_n_layers", Some(3))?;
    let Some(types) = config.get("layer_types") else {
        return Ok((0..layers).map(|i| i % every != 0).collect());
    };
    let local = |kind: &Value| match kind.as_str() {
        Some("sliding_attention") => Some(true),
        Some("full_attention") => Some(false),
        _ => None,
    };
    types
        .as_array()
        .filter(|types| types.len() as i64 == layers)
        .and_then(|types| types.iter().map(local).collect())
        .ok_or_else(|| {
            config.wrong(
                "layer_types",
                "\"full_attention\" or \"sliding_attention\" for each layer",
            )
        })
}

impl TextEncoder for ModernBert {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn hidden_states(&self, input: &TextInput, train: bool) -> Vec<Tensor> {
        let embedded = dropout(
            self.norm.forward(&self.tok_embeddings.forward(input.ids)),
            self.dropout,
            train,
        );
        let all = AttentionMask::new(input.mask);
        let near = all.within(input.ids, self.window);
        let rotation = |theta| Rotation::new(input.ids, &embedded, self.head, theta);
        let (global, local) = (rotation(self.global_theta), rotation(self.local_theta));
        let layers: Vec<_> = self.layers.iter().zip(&self.local).collect();
        let mut states = through(&layers, embedded.shallow_clone(), |(layer, is_local), hidden| {
            let (rotation, mask) = if **is_local { (&local, &near) } else { (&global, &all) };
            layer.forward(hidden, rotation, mask, train)
        });
        // The last one only is normalised.
        let last = states.pop().map(|last| self.final_norm.forward(&last));
        states.extend(last);
        states
    }
}

fn layer(path: Path, first: bool, size: i64, heads: i64, config: &Config) -> Result<GatedLayer> {
    let intermediate = config.size("intermediate_size", Some(1152))?;
    let (attention_bias, mlp_bias) = (config.flag("attention_bias", false)?, config.flag("mlp_bias", false)?);
    let attention_dropout = config.dropout("attention_dropout", 0.)?;
    let norm = |name: &str| norm(&path / name, size, config);
    let (attn, mlp) = (&path / "attn", &path / "mlp");
    Ok(GatedLayer {
        // What the first layer reads was normalised just before.
        norms: Norms::Before((!first).then(|| norm("attn_norm")).transpose()?, norm("mlp_norm")?),
        qkv: linear(&attn / "Wqkv", size, 3 * size, attention_bias),
        attention_output: linear(&attn / "Wo", size, size, attention_bias),
        gate: Gate::Halves(linear(&mlp / "Wi", size, 2 * intermediate, mlp_bias)),
        activation: Activation::by_name(config.string("hidden_activation", Some("gelu"))?)?,
        output: linear(&mlp / "Wo", intermediate, size, mlp_bias),
        heads,
        attention_dropout,
        attention_output_dropout: attention_dropout,
        gated_dropout: config.dropout("mlp_dropout", 0.)?,
        output_dropout: 0.,
    })
}

fn head(config: &Config) -> Result<HeadShape> {
    Ok(HeadShape {
        pooling: match config.string("classifier_pooling", Some("cls"))? {
            "cls" => HeadPooling::First,
            "mean" => HeadPooling::Mean,
            _ => return Err(config.wrong("classifier_pooling", "\"cls\" or \"mean\"")),
        },
        dense_bias: config.flag("classifier_bias", false)?,
        activation: Activation::by_name(config.string("classifier_activation", Some("gelu"))?)?,
        norm: Some(HeadNorm {
            name: "head.norm",
            eps: config.positive("norm_eps", 1e-5)?,
            bias: config.flag("norm_bias", false)?,
        }),
        ..HeadShape::pooler("head.dense", config.dropout("classifier_dropout", 0.)?)?
    })
}
