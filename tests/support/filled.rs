//! Weights that are not stored but computed from their names: tests/python/filled.py computes the same.

use tch::Tensor;

/// Values in -1 to 1: an FNV-1a hash of the name, mixed with each value's index.
fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let seed = name.bytes().fold(2166136261u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16777619)
    });
    (0..count as u32).map(move |i| {
        let mut x = seed.wrapping_add(i.wrapping_mul(2654435761));
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846ca68b);
        x ^= x >> 16;
        f64::from(x >> 8) / f64::from(1 << 24) * 2. - 1.
    })
}

fn tensor(values: impl Iterator<Item = f64>, shape: &[i64]) -> Tensor {
    Tensor::from_slice(&values.map(|x| x as f32).collect::<Vec<_>>()).view(shape)
}

/// The weight of that name.
pub fn value(name: &str, shape: &[i64]) -> Tensor {
    let u = uniform(name, shape.iter().product::<i64>() as usize);
    let own = name.ends_with(".weight");
    if name.ends_with("running_var") {
        tensor(u.map(|u| 1. + 0.5 * u), shape)
    } else if own && shape.len() == 1 {
        tensor(u.map(|u| 1. + 0.3 * u), shape)
    } else if own && shape.len() > 1 {
        let fan_in = shape[1..].iter().product::<i64>() as f64;
        let scale = 1.4 * (3. / fan_in).sqrt();
        tensor(u.map(|u| u * scale), shape)
    } else {
        tensor(u.map(|u| 0.3 * u), shape)
    }
}

pub fn pixels(batch: i64, height: i64, width: i64) -> Tensor {
    let shape = [batch, 3, height, width];
    tensor(uniform("pixels", shape.iter().product::<i64>() as usize), &shape) * 1.5
}
