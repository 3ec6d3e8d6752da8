//! What the four towers of CLIP and SigLIP are made of: embedded tokens or patches, then pre-norm layers, named as `transformers`
//! names them.

use tch::nn::{self, Init, Module, Path};
use tch::Tensor;

use super::blocks::{embedding, positions, AttentionMask, PreNormLayer, PreNormNames, PreNormShape, Qkv};
use super::{Config, Facts};
use crate::error::Result;

const LAYER: PreNormNames = PreNormNames {
    norm1: "layer_norm1",
    qkv: Qkv::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    attention_output: "self_attn.out_proj",
    norm2: "layer_norm2",
    fc1: "mlp.fc1",
    fc2: "mlp.fc2",
    scale1: None,
    scale2: None,
};

/// The sizes of a tower's layers, or a family's defaults for them.
#[derive(Clone, Copy)]
pub struct LayersShape<'a> {
    pub hidden_size: i64,
    pub layers: i64,
    pub heads: i64,
    pub intermediate_size: i64,
    pub activation: &'a str,
    pub eps: f64,
    pub attention_dropout: f64,
}

impl<'a> LayersShape<'a> {
    pub fn read(config: &Config<'a>, defaults: LayersShape<'a>) -> Result<Self> {
        let size = |name: &str, default: i64| config.size(name, Some(default));
        let shape = LayersShape {
            hidden_size: size("hidden_size", defaults.hidden_size)?,
            layers: size("num_hidden_layers", defaults.layers)?,
            heads: size("num_attention_heads", defaults.heads)?,
            intermediate_size: size("intermediate_size", defaults.intermediate_size)?,
            activation: config.string("hidden_act", Some(defaults.activation))?,
            eps: config.positive("layer_norm_eps", defaults.eps)?,
            attention_dropout: config.dropout("attention_dropout", defaults.attention_dropout)?,
        };
        config.affords(&[
            &[shape.layers, 4, shape.hidden_size, shape.hidden_size],
            &[shape.layers, 2, shape.hidden_size, shape.intermediate_size],
        ])?;
        Ok(shape)
    }
}

pub struct Layers(Vec<PreNormLayer>);

impl Layers {
    pub fn new(path: &Path, shape: &LayersShape) -> Result<Self> {
        let layer = PreNormShape {
            hidden_size: shape.hidden_size,
            heads: shape.heads,
            intermediate_size: shape.intermediate_size,
            activation: shape.activation,
            gated: false,
            eps: shape.eps,
            qkv_bias: true,
            attention_dropout: shape.attention_dropout,
            activation_dropout: 0.,
            output_dropout: 0.,
            drop_path: 0.,
        };
        let layers = path / "encoder" / "layers";
        let new = |i| PreNormLayer::new(&(&layers / i), &LAYER, &layer);
        Ok(Layers((0..shape.layers).map(new).collect::<Result<_>>()?))
    }

    /// hidden: (batch, tokens, hidden size), and so is the result.
    pub fn forward(&self, hidden: Tensor, mask: &AttentionMask, train: bool) -> Tensor {
        self.0
            .iter()
            .fold(hidden, |hidden, layer| layer.forward(&hidden, mask, train))
    }
}

/// A text's tokens, each with the place where it stands.
pub struct TokenEmbeddings {
    token: nn::Embedding,
    position: nn::Embedding,
    pub facts: Facts,
}

impl TokenEmbeddings {
    pub fn new(path: &Path, config: &Config, hidden_size: i64, vocab_size: i64, max_tokens: i64) -> Result<Self> {
        let vocab_size = config.size("vocab_size", Some(vocab_size))?;
        let max_tokens = config.size("max_position_embeddings", Some(max_tokens))?;
        config.affords(&[&[vocab_size, hidden_size], &[max_tokens, hidden_size]])?;
        let path = path / "embeddings";
        Ok(TokenEmbeddings {
            token: embedding(&path / "token_embedding", vocab_size, hidden_size),
            position: embedding(&path / "position_embedding", max_tokens, hidden_size),
            facts: Facts {
                hidden_size,
                layers: 0,
                vocab_size,
                max_tokens: Some(max_tokens),
                pad_token_id: 0,
                types: None,
            },
        })
    }

    /// ids: (batch, tokens); the result: (batch, tokens, hidden size).
    pub fn forward(&self, ids: &Tensor) -> Tensor {
        self.token.forward(ids) + self.position.forward(&positions(ids))
    }
}

/// An image's patches, each with the place where it stands, behind a class token where there is one.
pub struct PatchEmbeddings {
    patch: nn::Conv2D,
    class: Option<Tensor>,
    position: Tensor,
    /// Height and width of the images.
    pub image_size: i64,
}

impl PatchEmbeddings {
    /// With a class token, its patches have no bias.
    pub fn new(path: &Path, config: &Config, hidden_size: i64, patch_size: i64, class_token: bool) -> Result<Self> {
        config.only("num_channels", 3)?;
        let image_size = config.size("image_size", Some(224))?;
        let patch_size = config.size("patch_size", Some(patch_size))?;
        if image_size < patch_size {
            return Err(config.wrong("image_size", "at least the patch_size"));
        }
        let side = image_size / patch_size;
        let tokens = side * side + i64::from(class_token);
        config.affords(&[&[hidden_size, 3, patch_size, patch_size], &[tokens, hidden_size]])?;
        let path = path / "embeddings";
        let patches = nn::ConvConfig {
            stride: patch_size,
            bias: !class_token,
            ..Default::default()
        };
        let normal = Init::Randn { mean: 0., stdev: 0.02 };
        Ok(PatchEmbeddings {
            patch: nn::conv2d(&path / "patch_embedding", 3, hidden_size, patch_size, patches),
            class: class_token.then(|| path.var("class_embedding", &[hidden_size], normal)),
            position: embedding(&path / "position_embedding", tokens, hidden_size).ws,
            image_size,
        })
    }

    /// pixels: (batch, 3, height, width); the result: (batch, tokens, hidden size).
    pub fn forward(&self, pixels: &Tensor) -> Tensor {
        let patches = self.patch.forward(pixels).flatten(2, 3).transpose(1, 2);
        let tokens = match &self.class {
            Some(class) => Tensor::cat(&[class.expand_as(&patches.narrow(1, 0, 1)), patches], 1),
            None => patches,
        };
        tokens + &self.position
    }
}
