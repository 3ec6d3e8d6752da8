//! Callers' rows of values: checked once, copied in pieces.

use super::str::{copy, Array};
use crate::error::{Error, Result};

/// n rows of `width` values.
pub(super) struct Rows<T> {
    values: *const T,
    n: usize,
    width: usize,
    what: &'static str,
}

impl<T: Copy> Rows<T> {
    pub(super) fn new(values: *const T, n: usize, width: usize, what: &'static str) -> Result<Self> {
        let total = n.checked_mul(width).ok_or_else(|| {
            Error::InvalidArgument(format!(
                "{what}: {n} × {width} values are more than memory can hold; check the sizes"
            ))
        })?;
        Array::new(values, total, what)?;
        Ok(Self { values, n, width, what })
    }

    /// `rows` of them, from the first-th on; both are within n.
    pub(super) unsafe fn read(&self, first: usize, rows: usize) -> Result<Vec<T>> {
        if rows > self.n || first > self.n - rows {
            return Err(Error::Internal(format!(
                "{}: {rows} rows from {first} on were asked for, of {}",
                self.what, self.n
            )));
        }
        // SAFETY: the caller's word: n rows stand there, and these are among them.
        let from = self.values.wrapping_add(first * self.width);
        copy(from, rows * self.width, &self.what)
    }

    pub(super) unsafe fn all(&self) -> Result<Vec<T>> {
        self.read(0, self.n)
    }
}

pub(super) fn check_dim(dim: usize) -> Result<()> {
    match dim {
        0 => Err(Error::InvalidArgument(
            "dim is 0; give how many values a vector has (glyxel_model_dim)".into(),
        )),
        _ => Ok(()),
    }
}
