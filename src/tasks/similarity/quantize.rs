//! Vectors of 8 bits or 1 bit a value, as `sentence_transformers.util.quantize_embeddings` makes them (6.0.1), bit for bit.

use std::ops::Range;
use std::sync::Arc;

use super::vectors::{blocks, row};
use super::Read;
use crate::control::{Call, Stage};
use crate::engine;
use crate::error::{Error, Result};

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// Its place in its dimension's range, -128 to 127.
    Int8,
    /// The same, 0 to 255.
    Uint8,
    /// Whether it is above 0: eight dimensions a byte, the first in the highest bit; the byte less 128.
    Binary,
    /// The same, without the 128.
    Ubinary,
}

impl Codes {
    /// Bytes of a vector.
    pub fn width(self, dim: usize) -> usize {
        match self {
            Codes::Int8 | Codes::Uint8 => dim,
            Codes::Binary | Codes::Ubinary => dim.div_ceil(8),
        }
    }

    /// In two's complement, less 128 is the highest bit turned over.
    pub fn turned(self) -> u8 {
        match self {
            Codes::Int8 | Codes::Binary => 0x80,
            Codes::Uint8 | Codes::Ubinary => 0,
        }
    }
}

/// How many values are copied at once, and rows that one piece of work for the pool encodes.
const VALUES: usize = 1 << 20;
const ROWS_A_PIECE: usize = 256;

/// The smallest and the largest value of each dimension: what 8 bits have to tell apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranges {
    pub least: Vec<f32>,
    pub most: Vec<f32>,
}

impl Ranges {
    /// Those that a caller gives: all smallest, then all largest.
    pub fn given(values: &[f32]) -> Result<Self> {
        let (least, most) = values.split_at(values.len() / 2);
        for (i, (least, most)) in least.iter().zip(most).enumerate() {
            // NaN is in no order, and an infinite or overflowing width gives no steps.
            if least.partial_cmp(most).is_none_or(|order| order.is_gt()) || !(most - least).is_finite() {
                return Err(Error::InvalidArgument(format!(
                    "ranges: dimension {i} goes from {least} to {most}; give first all smallest values, then all largest, finite ones"
                )));
            }
        }
        Ok(Self {
            least: least.to_vec(),
            most: most.to_vec(),
        })
    }

    /// Those of `n` vectors, at least one.
    pub fn of(vectors: Read<f32>, n: usize, dim: usize, call: &Call) -> Result<Self> {
        if n == 0 {
            return Err(Error::InvalidArgument(
                "there are no vectors to take the ranges from; give one at least, better some thousands".into(),
            ));
        }
        let mut ranges = Self {
            least: filled(dim, f32::INFINITY)?,
            most: filled(dim, f32::NEG_INFINITY)?,
        };
        call.stage(Stage::Computing, n as u64);
        for rows in blocks(n, VALUES / dim.max(1)) {
            call.check()?;
            let values = vectors(rows.start, rows.len())?;
            for (i, row) in rows.clone().zip(values.chunks_exact(dim.max(1))) {
                check_finite(row, i)?;
                for ((least, most), value) in ranges.least.iter_mut().zip(&mut ranges.most).zip(row) {
                    *least = least.min(*value);
                    *most = most.max(*value);
                }
            }
            call.advance(rows.len() as u64);
        }
        // Two values may lie further apart than f32 can say.
        Self::given(&[ranges.least.as_slice(), &ranges.most].concat())
    }

    /// Where each dimension begins, and its steps: a 255th of its range, in f32 as NumPy divides.
    fn steps(&self) -> Vec<(f32, f32)> {
        let step = |(least, most): (&f32, &f32)| match (most - least) / 255. {
            0. => (*least, 1.),
            step => (*least, step),
        };
        self.least.iter().zip(&self.most).map(step).collect()
    }
}

/// The codes of n vectors, one after the other. Without ranges, 8 bits take those of the vectors themselves.
pub fn quantize(
    vectors: Read<f32>,
    n: usize,
    dim: usize,
    codes: Codes,
    ranges: Option<Ranges>,
    call: &Call,
) -> Result<Vec<u8>> {
    let width = codes.width(dim);
    let mut all = Vec::new();
    n.checked_mul(width)
        .filter(|bytes| all.try_reserve_exact(*bytes).is_ok())
        .ok_or_else(|| Error::OutOfMemory(format!("there is no memory for {n} codes of {width} bytes")))?;
    call.check()?;
    if n == 0 {
        return Ok(all);
    }
    let steps = Arc::new(match (codes, ranges) {
        (Codes::Binary | Codes::Ubinary, _) => Vec::new(),
        (_, Some(ranges)) => ranges.steps(),
        (_, None) => Ranges::of(vectors, n, dim, call)?.steps(),
    });
    call.stage(Stage::Computing, n as u64);
    for rows in blocks(n, VALUES / dim.max(1)) {
        call.check()?;
        let (values, steps, first) = (vectors(rows.start, rows.len())?, steps.clone(), rows.start);
        let pieces = blocks(rows.len(), ROWS_A_PIECE).collect();
        let made = engine::map(call, pieces, move |piece: Range<usize>, _| {
            let mut made = Vec::with_capacity(piece.len() * width);
            for i in piece {
                let row = row(&values, dim, i);
                check_finite(row, first + i)?;
                encode(row, codes, &steps, &mut made);
            }
            Ok(made)
        })?;
        made.iter().for_each(|made| all.extend_from_slice(made));
        call.advance(rows.len() as u64);
    }
    Ok(all)
}

fn encode(row: &[f32], codes: Codes, steps: &[(f32, f32)], out: &mut Vec<u8>) {
    match codes {
        Codes::Int8 | Codes::Uint8 => out.extend(row.iter().zip(steps).map(|(value, (start, step))| {
            let place = ((value - start) / step).floor().clamp(0., 255.);
            place as u8 ^ codes.turned()
        })),
        Codes::Binary | Codes::Ubinary => out.extend(row.chunks(8).map(|values| {
            let bits = (0..).zip(values);
            bits.fold(0, |byte, (i, value)| byte | u8::from(*value > 0.) << (7 - i)) ^ codes.turned()
        })),
    }
}

fn check_finite(row: &[f32], i: usize) -> Result<()> {
    match row.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(Error::InvalidArgument(format!(
            "vectors[{i}]: value {at} is not finite and has no code; leave the vector out or make it anew"
        ))),
        None => Ok(()),
    }
}

fn filled(n: usize, value: f32) -> Result<Vec<f32>> {
    let mut filled = Vec::new();
    filled
        .try_reserve_exact(n)
        .map_err(|_| Error::OutOfMemory(format!("there is no memory for ranges of {n} values")))?;
    filled.resize(n, value);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(row: &[f32], codes: Codes, ranges: &Ranges) -> Vec<u8> {
        let mut out = Vec::new();
        encode(row, codes, &ranges.steps(), &mut out);
        out
    }

    #[test]
    fn bits_and_bytes() {
        let ranges = Ranges::given(&[0., -1., 2., 255., 1., 2.]).unwrap();
        let row = [254.9, -5., 2.];
        assert_eq!(codes(&row, Codes::Uint8, &ranges), [254, 0, 0]);
        assert_eq!(codes(&row, Codes::Int8, &ranges), [126, 128, 128]);
        let row = [1., 0., -0., -1., 1e-30, 1., -1., 1., 1.];
        assert_eq!(codes(&row, Codes::Ubinary, &ranges), [0b1000_1101, 0b1000_0000]);
        assert_eq!(codes(&row, Codes::Binary, &ranges), [0b0000_1101, 0]);
        assert_eq!((Codes::Binary.width(9), Codes::Int8.width(9)), (2, 9));
    }

    #[test]
    fn ranges_that_are_none_are_refused() {
        for wrong in [[1., 0.], [f32::NAN, 1.], [0., f32::INFINITY], [-f32::MAX, f32::MAX]] {
            assert!(
                matches!(Ranges::given(&wrong), Err(Error::InvalidArgument(_))),
                "{wrong:?}"
            );
        }
    }
}
