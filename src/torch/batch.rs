//! A batch of what is plain memory.

use tch::{Device, Kind, Tensor};

use super::sys;
use crate::error::{Error, Result};

/// A tensor of `rows` items of this shape, on the CPU. The items are copied once; empty rows at the end are the first again.
pub fn batch(items: &[&[f32]], rows: usize, shape: [i64; 3]) -> Result<Tensor> {
    let values = shape.iter().product::<i64>();
    let first = items.first().filter(|_| items.len() <= rows);
    let Some(first) = first.filter(|_| items.iter().all(|item| item.len() as i64 == values)) else {
        return Err(Error::Internal(format!(
            "{} items are no batch of {rows} × {shape:?} values",
            items.len()
        )));
    };
    let failed = |e: tch::TchError| sys::error("making a batch", &e.to_string());
    let [height, width, channels] = shape;
    let size = [rows as i64, height, width, channels];
    let batch = Tensor::f_empty(size, (Kind::Float, Device::Cpu)).map_err(failed)?;
    for row in 0..rows {
        let item = items.get(row).unwrap_or(first);
        // SAFETY: as many values stand there, as checked above, and outlive the tensor, which no one keeps.
        let view = unsafe { Tensor::f_from_blob(item.as_ptr().cast(), &shape, &[], Kind::Float, Device::Cpu) };
        let place = batch.f_select(0, row as i64);
        place.and_then(|mut place| place.f_copy_(&view?)).map_err(failed)?;
    }
    Ok(batch)
}
