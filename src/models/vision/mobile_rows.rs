//! The rows of the tables by which papers tell of mobile networks, and how many blocks they make in deeper ones.

/// Blocks of one kind that follow each other.
#[derive(Clone, Copy)]
pub struct Row {
    pub repeats: i64,
    pub kernel: i64,
    /// Of a stage's first block; those behind it have 1.
    pub stride: i64,
    /// 1: without a convolution that expands.
    pub expansion: f64,
    pub channels: i64,
    pub squeeze: bool,
    /// Other than the network's.
    pub activation: Option<&'static str>,
}

pub const fn row(repeats: i64, kernel: i64, stride: i64, expansion: f64, channels: i64) -> Row {
    Row {
        repeats,
        kernel,
        stride,
        expansion,
        channels,
        squeeze: false,
        activation: None,
    }
}

impl Row {
    pub const fn squeezed(self) -> Self {
        Row { squeeze: true, ..self }
    }

    pub const fn with(self, activation: &'static str) -> Self {
        Row {
            activation: Some(activation),
            ..self
        }
    }
}

/// How often each of a stage's rows is repeated in a deeper network: in all so many times more, rounded up, and the rows'
/// shares are rounded from the last to the first.
pub fn repeats(rows: &[Row], depth: f64) -> Vec<i64> {
    let mut left: i64 = rows.iter().map(|row| row.repeats).sum();
    let mut wanted = (left as f64 * depth).ceil();
    let mut repeats: Vec<i64> = rows
        .iter()
        .rev()
        .map(|row| {
            let share = (row.repeats as f64 / left as f64 * wanted).round_ties_even().max(1.);
            left -= row.repeats;
            wanted -= share;
            share as i64
        })
        .collect();
    repeats.reverse();
    repeats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeper_networks_repeat_rows_as_timm_does() {
        let stage = |n: &[i64], depth| repeats(&n.iter().map(|n| row(*n, 3, 1, 6., 8)).collect::<Vec<_>>(), depth);
        assert_eq!(stage(&[1], 1.), [1]);
        assert_eq!(stage(&[4], 1.8), [8]);
        assert_eq!(stage(&[1, 1], 1.2), [1, 2]);
        assert_eq!(stage(&[1, 1, 2], 1.2), [1, 2, 2]);
    }
}
