//! The Vision Transformer (<https://arxiv.org/abs/2010.11929>): patches and a few tokens beside them through pre-norm layers. Its
//! descendants differ in those tokens, in where norms stand, and in the names of their weights.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{at, dropout, layer_norm, parameter, rising, INIT};
use super::blocks::{AttentionMask, GridPositions, PatchEmbedding, PreNormLayer, PreNormNames, PreNormShape};
use super::Config;
use crate::error::{Error, Result};

/// What a family calls the weights; a dot leads one level down.
#[derive(Clone, Copy)]
pub struct VisionTransformerNames {
    pub patch_embedding: &'static str,
    pub positions: &'static str,
    pub norm_before: &'static str,
    /// Layer i has its weights one level below this, under i.
    pub layers: &'static str,
    pub layer: PreNormNames,
    pub norm_behind: &'static str,
}

pub struct VisionTransformerShape<'a> {
    /// Height and width of the pictures that the positions were learned for.
    pub image: (i64, i64),
    /// The side of a patch, in pixels.
    pub patch: i64,
    pub patch_bias: bool,
    /// The tokens before the patches: the names of their weights, and how many there are of each.
    pub tokens: Vec<(&'static str, i64)>,
    /// How many of them, from the first on, have a position.
    pub positioned: i64,
    /// How positions are interpolated for a grid of another size.
    pub antialias: bool,
    /// Norms before the layers and behind them.
    pub norm_before: bool,
    pub norm_behind: bool,
    /// Of the embedded patches.
    pub dropout: f64,
    pub layers: i64,
    pub layer: PreNormShape<'a>,
    /// Layers are left out the more often the later they stand, up to the layer's own rate.
    pub rising_drop_path: bool,
}

pub struct VisionTransformer {
    patch_embedding: PatchEmbedding,
    tokens: Vec<Tensor>,
    positions: GridPositions,
    norm_before: Option<nn::LayerNorm>,
    layers: Vec<PreNormLayer>,
    norm_behind: Option<nn::LayerNorm>,
    dropout: f64,
}

impl VisionTransformer {
    pub fn new(
        path: &Path,
        config: &Config,
        names: &VisionTransformerNames,
        shape: &VisionTransformerShape,
    ) -> Result<Self> {
        let (hidden, (height, width), patch) = (shape.layer.hidden_size, shape.image, shape.patch);
        let grid = (height / patch, width / patch);
        if grid.0 < 1 || grid.1 < 1 {
            return Err(Error::BadModel(format!(
                "config.json: pictures of {height}×{width} are smaller than a patch of {patch}×{patch}"
            )));
        }
        let fed = 2 + i64::from(shape.layer.gated);
        config.affords(&[
            &[hidden, 3, patch, patch],
            &[grid.0, grid.1, hidden],
            &[shape.layers, 4, hidden, hidden],
            &[shape.layers, fed, hidden, shape.layer.intermediate_size],
        ])?;
        for (_, count) in &shape.tokens {
            config.affords(&[&[*count, hidden]])?;
        }
        let norm = |name: &str| layer_norm(at(path, name), hidden, shape.layer.eps);
        let layers = at(path, names.layers);
        let layer = |i| {
            let drop_path = shape.layer.drop_path
                * if shape.rising_drop_path {
                    rising(i, shape.layers)
                } else {
                    1.
                };
            let shape = PreNormShape {
                drop_path,
                ..shape.layer
            };
            PreNormLayer::new(&(&layers / i), &names.layer, &shape)
        };
        let there = shape.tokens.iter().filter(|(_, count)| *count > 0);
        Ok(VisionTransformer {
            patch_embedding: PatchEmbedding::new(at(path, names.patch_embedding), patch, hidden, shape.patch_bias),
            tokens: there
                .map(|(name, count)| parameter(path, name, &[1, *count, hidden], INIT))
                .collect(),
            positions: GridPositions::new(path, names.positions, shape.positioned, grid, hidden, shape.antialias),
            norm_before: shape.norm_before.then(|| norm(names.norm_before)),
            layers: (0..shape.layers).map(layer).collect::<Result<_>>()?,
            norm_behind: shape.norm_behind.then(|| norm(names.norm_behind)),
            dropout: shape.dropout,
        })
    }

    /// Of pixels, (batch, 3, height, width): (batch, tokens, hidden size), the patches last, row by row.
    pub fn forward(&self, pixels: &Tensor, train: bool) -> Tensor {
        let patches = self.patch_embedding.forward(pixels);
        let (rows, columns) = (patches.size()[1], patches.size()[2]);
        let (others, places) = self.positions.of(rows, columns);
        let patches = patches.flatten(1, 2) + places;
        let tokens = match &self.tokens[..] {
            [] => patches,
            tokens => {
                let tokens = Tensor::cat(tokens, 1);
                let (positioned, all) = (others.size()[1], tokens.size()[1]);
                let with = tokens.narrow(1, 0, positioned) + others;
                let without = tokens.narrow(1, positioned, all - positioned);
                // The same for every picture of the batch.
                let each = patches.narrow(1, 0, 1).zeros_like();
                Tensor::cat(&[Tensor::cat(&[with, without], 1) + each, patches], 1)
            }
        };
        let mut hidden = dropout(tokens, self.dropout, train);
        if let Some(norm) = &self.norm_before {
            hidden = norm.forward(&hidden);
        }
        let mask = AttentionMask::new(None);
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &mask, train);
        }
        match &self.norm_behind {
            Some(norm) => norm.forward(&hidden),
            None => hidden,
        }
    }
}
