//! What a batch gave, row by row.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::torch;

/// The first `n` rows of a method's output, which has to be (rows, width), as f32.
pub fn read_rows(method: &str, output: &Tensor, n: usize, rows: usize, width: usize) -> Result<Vec<Vec<f32>>> {
    if output.size() != [rows as i64, width as i64] {
        return Err(Error::BadModel(format!(
            "the model's method {method} gave a result of {:?} where {:?} was expected",
            output.size(),
            [rows, width]
        )));
    }
    let failed = |e: tch::TchError| torch::error("reading the result", &e.to_string());
    let output = output
        .f_to_device(tch::Device::Cpu)
        .and_then(|t| t.f_to_kind(Kind::Float))
        .and_then(|t| t.f_contiguous())
        .map_err(failed)?;
    let mut values = vec![0.; output.numel()];
    let len = values.len();
    output.f_copy_data(&mut values, len).map_err(failed)?;
    Ok(values.chunks_exact(width).take(n).map(<[f32]>::to_vec).collect())
}
