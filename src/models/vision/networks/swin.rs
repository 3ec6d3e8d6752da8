//! Swin Transformer (<https://arxiv.org/abs/2103.14030>): attention in windows, over stages of ever coarser grids.

use tch::nn::{self, Module, Path};
use tch::Tensor;

use super::blocks::{at, dropout, layer_norm, linear, rising, GridPositions, PatchEmbedding};
use super::blocks::{PreNormLayer, PreNormNames, PreNormShape, WindowRules, Windows};
use super::{Config, ImageEncoder, ImageFacts, Sizes};
use crate::error::Result;

/// Of every norm but the layers' and the last.
pub const SWIN_EPS: f64 = 1e-5;

/// More than any model has.
const MOST_STAGES: usize = 8;

pub struct SwinNames {
    pub patches: &'static str,
    pub patches_norm: &'static str,
    pub positions: &'static str,
    pub stages: &'static str,
    pub layer: PreNormNames,
    pub table: &'static str,
    /// Patches are merged at a stage's beginning; otherwise at the end of the one before.
    pub merging_first: bool,
    pub norm: &'static str,
    pub head: &'static str,
}

pub struct SwinShape<'a> {
    pub image: (i64, i64),
    pub patch: i64,
    /// Each stage's layers, heads and windows.
    pub depths: Vec<i64>,
    pub heads: Vec<i64>,
    pub windows: Vec<i64>,
    pub mlp_ratio: f64,
    pub positions: bool,
    pub rules: WindowRules,
    /// Of the embedded patches, and before the head.
    pub dropout: f64,
    pub head_dropout: f64,
    /// Of the first stage, whose width is the hidden size; the last layer's rate of being left out.
    pub layer: PreNormShape<'a>,
}

/// Two by two patches become one of twice the width.
struct Merging {
    norm: nn::LayerNorm,
    reduction: nn::Linear,
}

impl Merging {
    fn new(path: &Path, width: i64) -> Self {
        Merging {
            norm: layer_norm(path / "norm", 4 * width, SWIN_EPS),
            reduction: linear(path / "reduction", 4 * width, 2 * width, false),
        }
    }

    /// (batch, rows, columns, width) to (batch, rows / 2, columns / 2, 2 × width).
    fn forward(&self, grid: &Tensor) -> Tensor {
        let (rows, columns) = (grid.size()[1], grid.size()[2]);
        let padded = match (rows % 2, columns % 2) {
            (0, 0) => grid.shallow_clone(),
            (below, right) => grid.constant_pad_nd([0, 0, 0, right, 0, below]),
        };
        let squares = padded.unflatten(2, [-1, 2]).unflatten(1, [-1, 2]);
        // Column by column: the four patches of a square in the order of the weights.
        let four = squares.permute([0, 1, 3, 4, 2, 5]).flatten(3, 5);
        self.reduction.forward(&self.norm.forward(&four))
    }
}

struct Stage {
    merging: Option<Merging>,
    layers: Vec<(PreNormLayer, Windows)>,
}

impl Stage {
    /// Stage `i`, whose grid is this one once it is merged.
    fn new(
        path: &Path,
        config: &Config,
        names: &SwinNames,
        shape: &SwinShape,
        i: usize,
        grid: (i64, i64),
    ) -> Result<Self> {
        let (heads, depth) = (shape.heads[i], shape.depths[i]);
        let width = shape.layer.hidden_size << i;
        let fed = (width as f64 * shape.mlp_ratio) as i64;
        let window = match shape.rules {
            WindowRules::Timm => (shape.windows[i].min(grid.0), shape.windows[i].min(grid.1)),
            WindowRules::Transformers => (shape.windows[i], shape.windows[i]),
        };
        config.affords(&[
            &[depth, 4, width, width],
            &[depth, 2, width, fed],
            &[depth, heads, 2 * window.0 - 1, 2 * window.1 - 1],
        ])?;
        let stages = at(path, names.stages);
        let before: i64 = shape.depths[..i].iter().sum();
        let all: i64 = shape.depths.iter().sum();
        let layer = |j: i64| {
            let path = &stages / i as i64 / "blocks" / j;
            let layer = PreNormShape {
                hidden_size: width,
                heads,
                intermediate_size: fed,
                drop_path: shape.layer.drop_path * rising(before + j, all),
                ..shape.layer
            };
            let windows = Windows::new(&path, names.table, window, heads, j % 2 == 1, shape.rules);
            Ok((PreNormLayer::new(&path, &names.layer, &layer)?, windows))
        };
        let merging = i.checked_sub(usize::from(!names.merging_first)).filter(|_| i > 0);
        Ok(Stage {
            merging: merging.map(|named| Merging::new(&(&stages / named as i64 / "downsample"), width / 2)),
            layers: (0..depth).map(layer).collect::<Result<_>>()?,
        })
    }

    /// (batch, rows, columns, width), merged first in all stages but the first.
    fn forward(&self, grid: Tensor, train: bool) -> Tensor {
        let merged = match &self.merging {
            Some(merging) => merging.forward(&grid),
            None => grid,
        };
        self.layers.iter().fold(merged, |grid, (layer, windows)| {
            layer.forward_with(&grid, |normed| windows.attend(layer, normed, train), train)
        })
    }
}

pub struct Swin {
    patches: PatchEmbedding,
    patches_norm: nn::LayerNorm,
    positions: Option<GridPositions>,
    dropout: f64,
    stages: Vec<Stage>,
    norm: nn::LayerNorm,
    head_dropout: f64,
    head: Option<nn::Linear>,
    facts: ImageFacts,
}

impl Swin {
    pub fn new(
        path: &Path,
        config: &Config,
        names: &SwinNames,
        shape: &SwinShape,
        classes: Option<i64>,
    ) -> Result<Self> {
        let (width, patch) = (shape.layer.hidden_size, shape.patch);
        let count = shape.depths.len();
        if count > MOST_STAGES || shape.heads.len() != count || shape.windows.len() != count {
            return Err(config.wrong(
                "depths",
                "a list of a few stages, as many as there are heads and windows",
            ));
        }
        let mut grid = (shape.image.0 / patch, shape.image.1 / patch);
        if grid.0 < 1 || grid.1 < 1 {
            return Err(config.wrong("image_size", "at least a patch"));
        }
        let dim = width << (count - 1);
        config.affords(&[
            &[width, 3, patch, patch],
            &[i64::from(shape.positions), grid.0, grid.1, width],
            &[classes.unwrap_or(0), dim],
        ])?;
        let mut stages = Vec::new();
        let positions = || GridPositions::new(path, names.positions, 0, grid, width, false);
        let positions = shape.positions.then(positions);
        for i in 0..count {
            stages.push(Stage::new(path, config, names, shape, i, grid)?);
            grid = ((grid.0 + 1) / 2, (grid.1 + 1) / 2);
        }
        Ok(Swin {
            patches: PatchEmbedding::new(at(path, names.patches), patch, width, true),
            patches_norm: layer_norm(at(path, names.patches_norm), width, SWIN_EPS),
            positions,
            dropout: shape.dropout,
            stages,
            norm: layer_norm(at(path, names.norm), dim, shape.layer.eps),
            head_dropout: shape.head_dropout,
            head: classes.map(|classes| linear(at(path, names.head), dim, classes, true)),
            facts: ImageFacts {
                dim,
                embedding: "global average pooling",
                classes,
                sizes: shape.sizes(),
            },
        })
    }
}

impl ImageEncoder for Swin {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn embed(&self, pixels: &Tensor, train: bool) -> Tensor {
        let mut grid = self.patches_norm.forward(&self.patches.forward(pixels));
        if let Some(positions) = &self.positions {
            let (rows, columns) = (grid.size()[1], grid.size()[2]);
            grid += positions.of(rows, columns).1.unflatten(1, [rows, columns]);
        }
        let grid = dropout(grid, self.dropout, train);
        let grid = self.stages.iter().fold(grid, |grid, stage| stage.forward(grid, train));
        self.norm.forward(&grid).flatten(1, 2).mean_dim(1, false, None)
    }

    fn classify(&self, pixels: &Tensor, train: bool) -> Option<Tensor> {
        let head = self.head.as_ref()?;
        let embedding = dropout(self.embed(pixels, train), self.head_dropout, train);
        Some(head.forward(&embedding))
    }
}

impl SwinShape<'_> {
    fn sizes(&self) -> Sizes {
        match self.rules {
            WindowRules::Transformers if !self.positions => {
                // The last stage's grid has to hold a window.
                let window = self.windows.iter().max().map_or(1, |window| *window);
                Sizes::Any {
                    step: self.patch,
                    least: self.patch * (((window - 1) << (self.depths.len() - 1)) + 1),
                }
            }
            _ => Sizes::Only(self.image.0, self.image.1),
        }
    }
}
