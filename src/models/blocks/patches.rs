//! A picture as a grid of patches, and where each of them stands ("ViT", <https://arxiv.org/abs/2010.11929>).

use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use super::{parameter, INIT};

/// Each patch becomes one token, by one product.
pub struct PatchEmbedding(nn::Conv2D);

impl PatchEmbedding {
    /// `patch`: the side of a patch, in pixels.
    pub fn new(path: Path, patch: i64, hidden_size: i64, bias: bool) -> Self {
        let config = nn::ConvConfig {
            stride: patch,
            bias,
            ws_init: INIT,
            ..Default::default()
        };
        PatchEmbedding(nn::conv2d(path, 3, hidden_size, patch, config))
    }

    /// Of pixels, (batch, 3, height, width): (batch, rows, columns, hidden size).
    pub fn forward(&self, pixels: &Tensor) -> Tensor {
        self.0.forward(pixels).permute([0, 2, 3, 1])
    }
}

/// A learned vector for each place of a grid, behind those of tokens that are no patches.
pub struct GridPositions {
    table: Tensor,
    /// Rows and columns of the grid that was learned.
    grid: (i64, i64),
    antialias: bool,
}

impl GridPositions {
    /// `others`: how many tokens that are no patches have a position.
    pub fn new(path: &Path, name: &str, others: i64, grid: (i64, i64), hidden_size: i64, antialias: bool) -> Self {
        GridPositions {
            table: parameter(path, name, &[1, others + grid.0 * grid.1, hidden_size], INIT),
            grid,
            antialias,
        }
    }

    /// The others' positions, (1, others, hidden size), and those of another grid, (1, rows × columns, hidden size):
    /// interpolated, in f32.
    pub fn of(&self, rows: i64, columns: i64) -> (Tensor, Tensor) {
        let places = self.grid.0 * self.grid.1;
        let others = self.table.size()[1] - places;
        let learned = self.table.narrow(1, others, places);
        let others = self.table.narrow(1, 0, others);
        if self.grid == (rows, columns) {
            return (others, learned);
        }
        let image = learned
            .to_kind(Kind::Float)
            .transpose(1, 2)
            .unflatten(2, [self.grid.0, self.grid.1]);
        let resized = if self.antialias {
            image.internal_upsample_bicubic2d_aa([rows, columns], false, None, None)
        } else {
            image.upsample_bicubic2d([rows, columns], false, None, None)
        };
        (others, resized.flatten(2, 3).transpose(1, 2).type_as(&learned))
    }
}
