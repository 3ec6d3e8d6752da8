//! What a batch gave, row by row.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::torch;

/// The first `n` rows of a method's output, which has to be (rows, width), as f32.
pub fn read_rows(method: &str, output: &Tensor, n: usize, rows: usize, width: usize) -> Result<Vec<Vec<f32>>> {
    let values = read(method, output, &[rows, width])?;
    Ok(values.chunks_exact(width).take(n).map(<[f32]>::to_vec).collect())
}

/// The vectors of each row's own tokens, of a method's output, which has to be (rows, tokens, width), as f32.
pub fn read_tokens(
    method: &str,
    output: &Tensor,
    lengths: impl Iterator<Item = usize>,
    [rows, tokens, width]: [usize; 3],
) -> Result<Vec<Vec<f32>>> {
    let values = read(method, output, &[rows, tokens, width])?;
    let rows = values.chunks_exact((tokens * width).max(1)).zip(lengths);
    let own = rows.map(|(row, length)| row.get(..length * width).unwrap_or(row).to_vec());
    Ok(own.collect())
}

fn read(method: &str, output: &Tensor, expected: &[usize]) -> Result<Vec<f32>> {
    let size = output.size();
    if !size.iter().copied().eq(expected.iter().map(|size| *size as i64)) {
        return Err(Error::BadModel(format!(
            "the model's method {method} gave a result of {size:?} where {expected:?} was expected"
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
    Ok(values)
}
