//! BERT (<https://arxiv.org/abs/1810.04805>); names and arithmetic as `transformers`' BertModel.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{attend, dropout, embedding, layer_norm, linear, positions, Activation, AttentionMask};
use super::{Config, Family, TextEncoder, TextInput, WeightNames};
use crate::error::{Error, Result};

pub const FAMILY: Family = Family {
    model_type: "bert",
    build: |path, config| Ok(Box::new(Bert::new(path, config)?)),
    names: WeightNames {
        prefix: "bert.",
        heads: &["pooler.", "cls.", "classifier.", "qa_outputs."],
        buffers: &["embeddings.position_ids", "embeddings.token_type_ids"],
    },
};

struct Bert {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    hidden_size: i64,
    vocab_size: i64,
    max_positions: i64,
    type_vocab_size: i64,
    pad_token_id: i64,
}

struct Embeddings {
    word: nn::Embedding,
    position: nn::Embedding,
    token_type: nn::Embedding,
    norm: nn::LayerNorm,
    dropout: f64,
}

struct Layer {
    query: nn::Linear,
    key: nn::Linear,
    value: nn::Linear,
    attention_output: nn::Linear,
    attention_norm: nn::LayerNorm,
    intermediate: nn::Linear,
    activation: Activation,
    output: nn::Linear,
    output_norm: nn::LayerNorm,
    heads: i64,
    attention_dropout: f64,
    hidden_dropout: f64,
}

impl Bert {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        config.only("is_decoder", false)?;
        config.only("is_causal", false)?;
        config.only("add_cross_attention", false)?;
        config.only("position_embedding_type", "absolute")?;
        let hidden_size = config.size("hidden_size", Some(768))?;
        let layers = config.size("num_hidden_layers", Some(12))?;
        let vocab_size = config.size("vocab_size", Some(30522))?;
        let max_positions = config.size("max_position_embeddings", Some(512))?;
        let type_vocab_size = config.size("type_vocab_size", Some(2))?;
        let intermediate_size = config.size("intermediate_size", Some(3072))?;
        config.affords(&[
            &[vocab_size, hidden_size],
            &[max_positions, hidden_size],
            &[type_vocab_size, hidden_size],
            &[layers, 4, hidden_size, hidden_size],
            &[layers, 2, hidden_size, intermediate_size],
        ])?;
        let path_of = |i: i64| path / "encoder" / "layer" / i;
        Ok(Bert {
            embeddings: Embeddings::new(path / "embeddings", hidden_size, config)?,
            layers: (0..layers)
                .map(|i| Layer::new(path_of(i), hidden_size, config))
                .collect::<Result<_>>()?,
            hidden_size,
            vocab_size,
            max_positions,
            type_vocab_size,
            pad_token_id: config.token_id("pad_token_id", vocab_size)?.unwrap_or(0),
        })
    }
}

impl TextEncoder for Bert {
    fn hidden_size(&self) -> i64 {
        self.hidden_size
    }

    fn vocab_size(&self) -> i64 {
        self.vocab_size
    }

    fn max_tokens(&self) -> Option<i64> {
        Some(self.max_positions)
    }

    fn pad_token_id(&self) -> i64 {
        self.pad_token_id
    }

    fn type_vocab_size(&self) -> Option<i64> {
        Some(self.type_vocab_size)
    }

    fn forward(&self, input: &TextInput, train: bool) -> Tensor {
        let mask = AttentionMask::new(input.mask);
        let embedded = self.embeddings.forward(input, train);
        self.layers
            .iter()
            .fold(embedded, |hidden, layer| layer.forward(&hidden, &mask, train))
    }
}

impl Embeddings {
    fn new(path: Path, hidden_size: i64, config: &Config) -> Result<Self> {
        let table = |name: &str, entries: i64| embedding(&path / name, entries, hidden_size);
        Ok(Embeddings {
            word: table("word_embeddings", config.size("vocab_size", Some(30522))?),
            position: table(
                "position_embeddings",
                config.size("max_position_embeddings", Some(512))?,
            ),
            token_type: table("token_type_embeddings", config.size("type_vocab_size", Some(2))?),
            norm: layer_norm(
                &path / "LayerNorm",
                hidden_size,
                config.number("layer_norm_eps", 1e-12)?,
            ),
            dropout: config.dropout("hidden_dropout_prob", 0.1)?,
        })
    }

    fn forward(&self, input: &TextInput, train: bool) -> Tensor {
        let type_ids = input
            .type_ids
            .map_or_else(|| input.ids.zeros_like(), Tensor::shallow_clone);
        let sum = self.word.forward(input.ids)
            + self.token_type.forward(&type_ids)
            + self.position.forward(&positions(input.ids));
        dropout(self.norm.forward(&sum), self.dropout, train)
    }
}

impl Layer {
    fn new(path: Path, hidden_size: i64, config: &Config) -> Result<Self> {
        let heads = config.size("num_attention_heads", Some(12))?;
        if hidden_size % heads != 0 {
            return Err(Error::BadModel(format!(
                "config.json: hidden_size {hidden_size} is not a multiple of num_attention_heads {heads}"
            )));
        }
        let intermediate_size = config.size("intermediate_size", Some(3072))?;
        let eps = config.number("layer_norm_eps", 1e-12)?;
        let attention = &path / "attention";
        let square = |path: Path| linear(path, hidden_size, hidden_size, true);
        Ok(Layer {
            query: square(&attention / "self" / "query"),
            key: square(&attention / "self" / "key"),
            value: square(&attention / "self" / "value"),
            attention_output: square(&attention / "output" / "dense"),
            attention_norm: layer_norm(&attention / "output" / "LayerNorm", hidden_size, eps),
            intermediate: linear(&path / "intermediate" / "dense", hidden_size, intermediate_size, true),
            activation: Activation::by_name(config.string("hidden_act", Some("gelu"))?)?,
            output: linear(&path / "output" / "dense", intermediate_size, hidden_size, true),
            output_norm: layer_norm(&path / "output" / "LayerNorm", hidden_size, eps),
            heads,
            attention_dropout: config.dropout("attention_probs_dropout_prob", 0.1)?,
            hidden_dropout: config.dropout("hidden_dropout_prob", 0.1)?,
        })
    }

    fn forward(&self, hidden: &Tensor, mask: &AttentionMask, train: bool) -> Tensor {
        let (q, k, v) = (
            self.query.forward(hidden),
            self.key.forward(hidden),
            self.value.forward(hidden),
        );
        let attended = attend(
            &q,
            &k,
            &v,
            self.heads,
            mask,
            if train { self.attention_dropout } else { 0. },
        );
        let attended = dropout(self.attention_output.forward(&attended), self.hidden_dropout, train);
        let hidden = self.attention_norm.forward(&(attended + hidden));
        let activated = self.activation.apply(&self.intermediate.forward(&hidden));
        let output = dropout(self.output.forward(&activated), self.hidden_dropout, train);
        self.output_norm.forward(&(output + hidden))
    }
}
