//! Nomic-BERT (<https://arxiv.org/abs/2402.01613>): BERT with rotary positions and gated layers without biases. Arithmetic as
//! `transformers`' NomicBertModel; the hub's names of weights, and its names of config fields as well as those of `transformers`.

use serde_json::Value;
use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{dropout, embedding, linear, rope_theta, rotary_head};
use super::blocks::{Activation, AttentionMask, Gate, GatedLayer, HeadShape, Norm, Norms, Rotation};
use super::encoder::through;
use super::{Build, Config, Facts, Family, TextEncoder, TextInput, WeightNames};
use crate::error::Result;

pub const FAMILY: Family = Family {
    model_type: "nomic_bert",
    build: Build::Text {
        encoder: |path, config| Ok(Box::new(NomicBert::new(path, config)?)),
        head,
    },
    names: WeightNames {
        prefixes: &["nomic_bert.", "bert."],
        heads: &["pooler.", "cls.", "classifier."],
        buffers: &["rotary_emb.inv_freq"],
    },
};

struct NomicBert {
    word: nn::Embedding,
    token_type: nn::Embedding,
    norm: Norm,
    layers: Vec<GatedLayer>,
    head: i64,
    theta: f64,
    dropout: f64,
    facts: Facts,
}

/// What Nomic's own code could do; no model of this architecture does but the mixture of experts.
fn refuse_variants(config: &Config) -> Result<()> {
    let flags = "prenorm parallel_block use_rms_norm causal is_decoder rotary_emb_interleaved qkv_proj_bias \
                 mlp_fc1_bias mlp_fc2_bias scale_attn_by_inverse_layer_idx";
    for flag in flags.split_whitespace() {
        config.only(flag, false)?;
    }
    config.only("scale_attn_weights", true)?;
    config.only("rotary_emb_scale_base", Value::Null)?;
    if config.number("rotary_emb_fraction", 1.)? != 1. {
        config.only("rotary_emb_fraction", 1.)?;
    }
    for experts in ["num_experts", "moe_every_n_layers"] {
        if config.get(experts).is_some() && config.integer(experts, 0)? > 0 {
            config.only(experts, 0)?;
        }
    }
    Ok(())
}

impl NomicBert {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        refuse_variants(config)?;
        let size = |name: &str, hubs: &str, default: i64| config.size(config.either(name, hubs), Some(default));
        let vocab_size = size("vocab_size", "vocab_size", 30528)?;
        let hidden_size = size("hidden_size", "n_embd", 768)?;
        let layers = size("num_hidden_layers", "n_layer", 12)?;
        let heads = size("num_attention_heads", "n_head", 12)?;
        let inner = if config.get("n_embd").is_some() {
            4 * hidden_size
        } else {
            3072
        };
        let inner = config.optional_size("n_inner", inner)?;
        let intermediate = config.size("intermediate_size", Some(inner))?;
        let types = size("type_vocab_size", "type_vocab_size", 2)?;
        let head = rotary_head(config, hidden_size, heads)?;
        config.affords(&[
            &[vocab_size + types, hidden_size],
            &[layers, 4, hidden_size, heads, head],
            &[layers, 3, hidden_size, intermediate],
        ])?;
        let positions = size("max_position_embeddings", "n_positions", 2048)?;
        // The scaling of angles ("dynamic NTK") begins behind the length that the model was trained on: texts end there.
        let unscaled = match config.get("rotary_scaling_factor") {
            Some(_) => size("max_trained_positions", "max_trained_positions", 2048)?,
            None => positions,
        };
        rope_theta("rope_scaling", config.get("rope_scaling"), 0.)?;
        let theta = config.positive(config.either("rope_theta", "rotary_emb_base"), 1000.)?;
        Ok(NomicBert {
            word: embedding(path / "embeddings" / "word_embeddings", vocab_size, hidden_size),
            token_type: embedding(path / "embeddings" / "token_type_embeddings", types, hidden_size),
            norm: norm(path / "emb_ln", hidden_size, config)?,
            layers: (0..layers)
                .map(|i| path / "encoder" / "layers" / i)
                .map(|path| layer(path, [hidden_size, intermediate, heads, head], config))
                .collect::<Result<_>>()?,
            head,
            theta: rope_theta("rope_parameters", config.get("rope_parameters"), theta)?,
            dropout: config.dropout(config.either("hidden_dropout_prob", "resid_pdrop"), 0.)?,
            facts: Facts {
                hidden_size,
                layers,
                vocab_size,
                max_tokens: Some(positions.min(unscaled)),
                pad_token_id: config.token_id("pad_token_id", vocab_size)?.unwrap_or(0),
                types: Some(types),
            },
        })
    }
}

fn norm(path: Path, width: i64, config: &Config) -> Result<Norm> {
    let eps = config.positive(config.either("layer_norm_eps", "layer_norm_epsilon"), 1e-12)?;
    Ok(Norm::new(path, width, eps, true))
}

impl TextEncoder for NomicBert {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn hidden_states(&self, input: &TextInput, train: bool) -> Vec<Tensor> {
        let types = match input.type_ids {
            Some(type_ids) => self.token_type.forward(type_ids),
            None => self.token_type.forward(&input.ids.zeros_like()),
        };
        let embedded = self.norm.forward(&(self.word.forward(input.ids) + types));
        let embedded = dropout(embedded, self.dropout, train);
        let mask = AttentionMask::new(input.mask);
        let rotation = Rotation::new(input.ids, &embedded, self.head, self.theta);
        through(&self.layers, embedded, |layer, hidden| {
            layer.forward(hidden, &rotation, &mask, train)
        })
    }
}

fn layer(path: Path, [size, intermediate, heads, head]: [i64; 4], config: &Config) -> Result<GatedLayer> {
    let (attn, mlp) = (&path / "attn", &path / "mlp");
    let hidden_dropout = config.dropout(config.either("hidden_dropout_prob", "resid_pdrop"), 0.)?;
    Ok(GatedLayer {
        norms: Norms::Behind(
            norm(&path / "norm1", size, config)?,
            norm(&path / "norm2", size, config)?,
        ),
        qkv: linear(&attn / "Wqkv", size, 3 * heads * head, false),
        attention_output: linear(&attn / "out_proj", heads * head, size, false),
        gate: Gate::Apart {
            activated: linear(&mlp / "fc12", size, intermediate, false),
            plain: linear(&mlp / "fc11", size, intermediate, false),
        },
        activation: match config.given("hidden_act") {
            Some(_) => Activation::by_name(config.string("hidden_act", None)?)?,
            None => gate(config)?,
        },
        output: linear(&mlp / "fc2", intermediate, size, false),
        heads,
        attention_dropout: config.dropout(config.either("attention_probs_dropout_prob", "attn_pdrop"), 0.)?,
        attention_output_dropout: hidden_dropout,
        gated_dropout: 0.,
        output_dropout: hidden_dropout,
    })
}

/// Nomic's names say that there is a gate and what is applied to it.
fn gate(config: &Config) -> Result<Activation> {
    let name = config.string("activation_function", Some("swiglu"))?;
    Activation::by_name(match name {
        "swiglu" => "silu",
        "geglu" => "gelu",
        "glu" => "sigmoid",
        _ => return Err(config.wrong("activation_function", "swiglu, geglu or glu")),
    })
}

fn head(config: &Config) -> Result<HeadShape> {
    let dropout = match config.get("classifier_dropout") {
        Some(_) => "classifier_dropout",
        None => config.either("hidden_dropout_prob", "resid_pdrop"),
    };
    HeadShape::pooler("pooler.dense", config.dropout(dropout, 0.)?)
}
