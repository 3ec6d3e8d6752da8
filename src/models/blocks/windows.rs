//! Attention among the patches of a window, every other layer's windows shifted by half of one ("Swin Transformer",
//! <https://arxiv.org/abs/2103.14030>, sections 3.2 and 3.3).

use tch::nn::{Init, Path};
use tch::{Kind, Tensor};

use super::{parameter, AttentionMask, PreNormLayer};

/// What keeps patches apart that only the shift has brought into one window. As both libraries have it: far below any score.
const APART: f64 = -100.;

/// Where grids are no squares or no multiples of the window, the libraries differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WindowRules {
    /// Each side is shifted unless a window covers it; then the grid is padded.
    Timm,
    /// The grid is padded; then both sides are shifted unless a window covers one of them.
    Transformers,
}

pub struct Windows {
    /// The bias of each relative position in a window, for each head.
    table: Tensor,
    /// Rows and columns of a window.
    window: (i64, i64),
    shifted: bool,
    rules: WindowRules,
}

impl Windows {
    pub fn new(path: &Path, table: &str, window: (i64, i64), heads: i64, shifted: bool, rules: WindowRules) -> Self {
        let places = (2 * window.0 - 1) * (2 * window.1 - 1);
        Windows {
            table: parameter(path, table, &[places, heads], Init::Const(0.)),
            window,
            shifted,
            rules,
        }
    }

    /// The layer's attention in each window of a grid, (batch, rows, columns, hidden size), and so is the result.
    pub fn attend(&self, layer: &PreNormLayer, grid: &Tensor, train: bool) -> Tensor {
        let (rows, columns) = (grid.size()[1], grid.size()[2]);
        let shift = self.shift(rows, columns);
        let roll = |x: Tensor, (down, right): (i64, i64)| match (down, right) {
            (0, 0) => x,
            _ => x.roll([down, right], [1, 2]),
        };
        let back = (shift.0, shift.1);
        let shift = (-shift.0, -shift.1);
        let grid = match self.rules {
            WindowRules::Timm => self.pad(&roll(grid.shallow_clone(), shift)),
            WindowRules::Transformers => roll(self.pad(grid), shift),
        };
        let mask = AttentionMask::biased(None, self.bias(grid.size()[1], grid.size()[2], back));
        let windows = layer.attend(&self.partition(&grid), &mask, train);
        let grid = self.merge(&windows, grid.size()[1]);
        let crop = |x: Tensor| x.narrow(1, 0, rows).narrow(2, 0, columns);
        match self.rules {
            WindowRules::Timm => roll(crop(grid), back),
            WindowRules::Transformers => crop(roll(grid, back)),
        }
    }

    fn shift(&self, rows: i64, columns: i64) -> (i64, i64) {
        let (down, right) = (rows > self.window.0, columns > self.window.1);
        let (down, right) = match self.rules {
            WindowRules::Timm => (down, right),
            WindowRules::Transformers => (down && right, down && right),
        };
        let half = |window: i64, side: bool| if self.shifted && side { window / 2 } else { 0 };
        (half(self.window.0, down), half(self.window.1, right))
    }

    /// With zeros, to whole windows.
    fn pad(&self, grid: &Tensor) -> Tensor {
        let lacking = |side: i64, window: i64| (window - side % window) % window;
        let below = lacking(grid.size()[1], self.window.0);
        let right = lacking(grid.size()[2], self.window.1);
        match (below, right) {
            (0, 0) => grid.shallow_clone(),
            _ => grid.constant_pad_nd([0, 0, 0, right, 0, below]),
        }
    }

    /// (batch, rows, columns, …) to (batch, windows, places, …).
    fn partition(&self, grid: &Tensor) -> Tensor {
        grid.unflatten(2, [-1, self.window.1])
            .unflatten(1, [-1, self.window.0])
            .transpose(2, 3)
            .flatten(3, 4)
            .flatten(1, 2)
    }

    /// The way back.
    fn merge(&self, windows: &Tensor, rows: i64) -> Tensor {
        windows
            .unflatten(2, [self.window.0, self.window.1])
            .unflatten(1, [rows / self.window.0, -1])
            .transpose(2, 3)
            .flatten(3, 4)
            .flatten(1, 2)
    }

    /// What is added to the scores of a padded grid's windows, (windows or 1, heads, places, places).
    fn bias(&self, rows: i64, columns: i64, shift: (i64, i64)) -> Tensor {
        let (height, width) = self.window;
        let difference = |x: Tensor| x.unsqueeze(-1) - x.unsqueeze(-2);
        let (row, column) = self.places(height, width);
        let down = difference(row.flatten(0, 1)) + (height - 1);
        let right = difference(column.flatten(0, 1)) + (width - 1);
        let place = down * (2 * width - 1) + right;
        let biases = self.table.index_select(0, &place.flatten(0, 1));
        let biases = biases
            .unflatten(0, [height * width, -1])
            .permute([2, 0, 1])
            .unsqueeze(0);
        if shift == (0, 0) {
            return biases;
        }
        // The last window's parts come from the two ends of the grid.
        let part = |x: Tensor, side: i64, window: i64, shift: i64| {
            x.ge(side - window).to_kind(Kind::Int64) + x.ge(side - shift).to_kind(Kind::Int64)
        };
        let (row, column) = self.places(rows, columns);
        let parts = part(row, rows, height, shift.0) * 3 + part(column, columns, width, shift.1);
        let parts = self.partition(&parts.unsqueeze(0)).squeeze_dim(0);
        let apart = difference(parts).ne(0).unsqueeze(1);
        apart.type_as(&biases) * APART + biases
    }

    /// The row and the column of each place in a grid: (rows, columns).
    fn places(&self, rows: i64, columns: i64) -> (Tensor, Tensor) {
        let ones = self
            .table
            .narrow(0, 0, 1)
            .narrow(1, 0, 1)
            .ones_like()
            .expand([rows, columns], false);
        let count = |dim: i64| ones.cumsum(dim, Kind::Int64) - 1;
        (count(0), count(1))
    }
}
