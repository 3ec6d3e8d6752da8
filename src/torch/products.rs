//! Products of matrices that are plain memory, at libtorch's speed.

use tch::{Device, Kind, Tensor};

use super::sys;
use crate::error::{Error, Result};

/// `a` × `b`ᵀ in f32: row i, column j of `out` is the dot product of a's row i with b's row j, each of `dim` values. libtorch
/// chooses the order in which it sums. On a compute thread only, like all that touches tensors.
pub fn products(a: &[f32], b: &[f32], dim: usize, out: &mut [f32]) -> Result<()> {
    let rows = |values: &[f32]| values.len() / dim.max(1);
    let (n, m) = (rows(a), rows(b));
    if n * dim != a.len() || m * dim != b.len() || n.checked_mul(m) != Some(out.len()) {
        return Err(Error::Internal(format!(
            "a product of {} × {} values in rows of {dim} does not give {}",
            a.len(),
            b.len(),
            out.len()
        )));
    }
    if out.is_empty() {
        return Ok(());
    }
    let failed = |e: tch::TchError| sys::error("multiplying matrices", &e.to_string());
    let view = |data: *const f32, rows: usize, columns: usize| {
        let size = [rows as i64, columns as i64];
        // SAFETY: rows × columns values stand there, as checked above, and outlive the tensor, which no one keeps.
        unsafe { Tensor::f_from_blob(data.cast(), &size, &[columns as i64, 1], Kind::Float, Device::Cpu) }
    };
    let (a, b) = (
        view(a.as_ptr(), n, dim).map_err(failed)?,
        view(b.as_ptr(), m, dim).map_err(failed)?,
    );
    // Its size is the product's, so libtorch writes there and takes no memory of its own.
    let into = view(out.as_mut_ptr(), n, m).map_err(failed)?;
    let b = b.f_transpose(0, 1).map_err(failed)?;
    a.f_mm_out(&into, &b).map_err(failed).map(drop)
}
