//! ViT and its descendants as timm's VisionTransformer and VisionTransformerDistilled have them
//! (`timm/models/vision_transformer.py`, `timm/models/deit.py`): one class whose arguments make the variants.

use tch::nn::Path;

use super::blocks::{layer_norm, linear, AttentionPooling, PreNormNames, PreNormShape, Qkv, TIMM_POOLING};
use super::networks::{Head, Pooling, ViT, VisionTransformerNames, VisionTransformerShape};
use super::timm::{variant, TimmConfig};
use super::vit_variant::Variant;
use super::{Config, ImageEncoder, Sizes, WeightNames};
use crate::error::{Error, Result};

pub const WEIGHTS: WeightNames = WeightNames {
    prefixes: &[],
    heads: &[],
    buffers: &[],
};

const SCALED: VisionTransformerNames = VisionTransformerNames {
    patch_embedding: "patch_embed.proj",
    positions: "pos_embed",
    norm_before: "norm_pre",
    layers: "blocks",
    layer: PreNormNames {
        norm1: "norm1",
        qkv: Qkv::Fused("attn.qkv"),
        attention_output: "attn.proj",
        norm2: "norm2",
        fc1: "mlp.fc1",
        fc2: "mlp.fc2",
        scale1: Some("ls1.gamma"),
        scale2: Some("ls2.gamma"),
    },
    norm_behind: "norm",
};

const PLAIN: VisionTransformerNames = VisionTransformerNames {
    layer: PreNormNames {
        scale1: None,
        scale2: None,
        ..SCALED.layer
    },
    ..SCALED
};

/// Arguments that are read beside the common ones, and those on which only a new model's weights depend.
const ARGUMENTS: &[&str] = &[
    "img_size",
    "patch_size",
    "embed_dim",
    "depth",
    "num_heads",
    "mlp_ratio",
    "qkv_bias",
    "init_values",
    "pre_norm",
    "final_norm",
    "dynamic_img_size",
    "pos_drop_rate",
    "proj_drop_rate",
    "attn_drop_rate",
    "drop_path_rate",
    "weight_init",
    "fix_init",
];

/// The same where no distillation token stands beside the class token.
const TOKEN_ARGUMENTS: &[&str] = &["class_token", "reg_tokens", "no_embed_class", "fc_norm"];

impl Variant {
    /// The same but for what the arguments in `config.json` say.
    fn with_arguments(self, arguments: &Config) -> Result<Self> {
        let size = |name: &str, own: i64| arguments.size(name, Some(own));
        let flag = |name: &str, own: bool| arguments.flag(name, own);
        Ok(Variant {
            patch_size: size("patch_size", self.patch_size)?,
            embed_dim: size("embed_dim", self.embed_dim)?,
            depth: size("depth", self.depth)?,
            num_heads: size("num_heads", self.num_heads)?,
            mlp_ratio: arguments.positive("mlp_ratio", self.mlp_ratio)?,
            qkv_bias: flag("qkv_bias", self.qkv_bias)?,
            scaled: arguments.number("init_values", f64::from(u8::from(self.scaled)))? != 0.,
            class_token: flag("class_token", self.class_token)?,
            reg_tokens: arguments.count("reg_tokens", self.reg_tokens)?,
            no_embed_class: flag("no_embed_class", self.no_embed_class)?,
            pre_norm: flag("pre_norm", self.pre_norm)?,
            final_norm: flag("final_norm", self.final_norm)?,
            fc_norm: match arguments.get("fc_norm") {
                Some(_) => Some(flag("fc_norm", false)?),
                None => self.fc_norm,
            },
            dynamic_img_size: flag("dynamic_img_size", self.dynamic_img_size)?,
            ..self
        })
    }

    /// The tokens before the patches, and how many of them have a position.
    fn tokens(&self) -> (Vec<(&'static str, i64)>, i64) {
        let tokens = vec![
            ("cls_token", i64::from(self.class_token)),
            ("dist_token", i64::from(self.distilled)),
            ("reg_token", self.reg_tokens),
        ];
        let all = tokens.iter().map(|(_, count)| count).sum();
        (tokens, if self.no_embed_class { 0 } else { all })
    }

    fn pooling(&self, path: &Path, config: &Config, global_pool: &str) -> Result<Pooling> {
        let width = self.embed_dim;
        Ok(match global_pool {
            "token" if self.distilled => Pooling::ClassAndDistillation,
            "token" if self.class_token => Pooling::Class,
            "avg" if !self.distilled => Pooling::Mean,
            "max" if !self.distilled => Pooling::Max,
            "avgmax" if !self.distilled => Pooling::MeanAndMax,
            "map" if !self.distilled => {
                config.affords(&[&[4, width, width], &[2, width, self.fed()]])?;
                let (path, heads, fed) = (path / "attn_pool", self.num_heads, self.fed());
                let names = &TIMM_POOLING;
                let pooling = AttentionPooling::named(&path, names, width, heads, fed, self.activation, self.eps)?;
                Pooling::Attention(Box::new(pooling))
            }
            other => {
                return Err(Error::Unsupported(format!(
                "config.json: global_pool = {other:?} is not implemented for these tokens; \"token\" is with a class \
                     token; \"avg\", \"max\", \"avgmax\" and \"map\" are without a distillation token"
            )))
            }
        })
    }

    /// The width of what `fc1` gives.
    fn fed(&self) -> i64 {
        (self.embed_dim as f64 * self.mlp_ratio) as i64
    }
}

/// The model of the variant that has this name.
pub fn build(
    path: &Path,
    config: &Config,
    variants: &'static [(&'static str, Variant)],
    architecture: &str,
) -> Result<Box<dyn ImageEncoder>> {
    let variant = variant(variants, architecture)?;
    let pool = TimmConfig::pool(config, variant.global_pool)?;
    let read = if variant.distilled {
        ARGUMENTS.to_vec()
    } else {
        [ARGUMENTS, TOKEN_ARGUMENTS].concat()
    };
    let timm = TimmConfig::read(config, &read, pool)?;
    let arguments = &timm.arguments;
    let variant = variant.with_arguments(arguments)?;
    let pooling = variant.pooling(path, config, pool)?;
    let rate = |name: &str| arguments.dropout(name, 0.);
    let projected = rate("proj_drop_rate")?;
    let (tokens, positioned) = variant.tokens();
    let norm_pooled = variant
        .fc_norm
        .unwrap_or(matches!(pooling, Pooling::Mean | Pooling::Max | Pooling::MeanAndMax));
    let fed = variant.fed();
    let shape = VisionTransformerShape {
        image: timm.image_size()?,
        patch: variant.patch_size,
        patch_bias: !variant.pre_norm,
        tokens,
        positioned,
        antialias: true,
        norm_before: variant.pre_norm,
        norm_behind: variant.final_norm && !norm_pooled,
        dropout: rate("pos_drop_rate")?,
        layers: variant.depth,
        rising_drop_path: true,
        layer: PreNormShape {
            hidden_size: variant.embed_dim,
            heads: variant.num_heads,
            intermediate_size: if variant.gated { fed / 2 } else { fed },
            activation: variant.activation,
            gated: variant.gated,
            eps: variant.eps,
            qkv_bias: variant.qkv_bias,
            attention_dropout: rate("attn_drop_rate")?,
            activation_dropout: projected,
            output_dropout: projected,
            drop_path: rate("drop_path_rate")?,
        },
    };
    let names = if variant.scaled { &SCALED } else { &PLAIN };
    let mut model = ViT::new(path, config, names, &shape, pooling)?;
    let pooled = variant.final_norm && norm_pooled;
    model.norm = pooled.then(|| layer_norm(path / "fc_norm", variant.embed_dim, variant.eps));
    model.dropout = timm.dropout;
    if variant.dynamic_img_size {
        model.facts.sizes = Sizes::Any {
            step: variant.patch_size,
            least: variant.patch_size,
        };
    }
    let head = if variant.distilled { two_heads } else { one_head };
    Ok(Box::new(model.with_head(path, config, timm.classes, head)?))
}

fn one_head(path: &Path, width: i64, classes: i64) -> Head {
    Head::Pooled(linear(path / "head", width, classes, true))
}

fn two_heads(path: &Path, width: i64, classes: i64) -> Head {
    let head = |name: &str| linear(path / name, width, classes, true);
    Head::Two(head("head"), head("head_dist"))
}
