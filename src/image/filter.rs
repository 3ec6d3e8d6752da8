//! Pillow's filters and the weights it makes of them (`src/libImaging/Resample.c`), bit for bit: each pixel of a resized axis is
//! a weighted sum over a window of the original's.

use std::f64::consts::PI;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::memory::reserve;
use crate::error::Result;

/// Weights are whole numbers of 1 / 2^BITS: a sum of them times 8-bit values stays within an i32.
pub const BITS: u32 = 22;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    Nearest,
    Box,
    Bilinear,
    Hamming,
    Bicubic,
    Lanczos,
}

impl Filter {
    /// How far from its centre a filter reaches.
    fn support(self) -> f64 {
        match self {
            Filter::Nearest => 0.,
            Filter::Box => 0.5,
            Filter::Bilinear | Filter::Hamming => 1.,
            Filter::Bicubic => 2.,
            Filter::Lanczos => 3.,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let sinc = |x: f64| if x == 0. { 1. } else { (x * PI).sin() / (x * PI) };
        let distance = x.abs();
        match self {
            Filter::Nearest => 1.,
            Filter::Box if -0.5 < x && x <= 0.5 => 1.,
            Filter::Bilinear if distance < 1. => 1. - distance,
            Filter::Hamming if distance < 1. => sinc(distance) * (0.54 + 0.46 * (distance * PI).cos()),
            Filter::Bicubic if distance < 1. => (1.5 * distance - 2.5) * distance * distance + 1.,
            Filter::Bicubic if distance < 2. => (((distance - 5.) * distance + 8.) * distance - 4.) * -0.5,
            Filter::Lanczos if (-3. ..3.).contains(&x) => sinc(x) * sinc(x / 3.),
            _ => 0.,
        }
    }
}

/// One axis of a picture, resized from so many pixels to so many.
#[derive(Clone, Copy)]
pub struct Axis {
    pub from: usize,
    pub to: usize,
    pub filter: Filter,
}

impl Axis {
    /// Original pixels for each resized one.
    fn scale(&self) -> f64 {
        self.from as f64 / self.to as f64
    }

    /// Downwards, filters reach as far as it takes to see every pixel.
    fn stretch(&self) -> f64 {
        self.scale().max(1.)
    }

    /// No window is longer.
    pub fn longest(&self) -> usize {
        (2. * (self.filter.support() * self.stretch()).ceil() + 1.).min(self.from as f64) as usize
    }

    /// Where in the original a resized pixel's centre lies.
    fn centre(&self, index: usize) -> f64 {
        (index as f64 + 0.5) * self.scale()
    }

    /// The original pixels that each of some resized ones is made of, in order.
    pub fn windows(self, indices: Range<usize>) -> Box<dyn Iterator<Item = Range<usize>>> {
        let (scale, reach) = (self.scale(), self.filter.support() * self.stretch());
        if self.filter == Filter::Nearest {
            // Pillow walks along the axis here, and the rounding of its steps adds up.
            let centres = std::iter::successors(Some(0.5 * scale), move |centre| Some(centre + scale));
            let nearest = move |centre: f64| (centre as usize).min(self.from - 1);
            let windows = centres.map(move |centre| nearest(centre)..nearest(centre) + 1);
            return Box::new(windows.skip(indices.start).take(indices.len()));
        }
        Box::new(indices.map(move |index| {
            let centre = self.centre(index);
            // Casts round as Pillow does: towards 0, and to 0 what is below it.
            let end = ((centre + reach + 0.5) as usize).clamp(1, self.from);
            ((centre - reach + 0.5) as usize).min(end - 1)..end
        }))
    }

    /// The weights in one window, in units of 1 / 2^BITS.
    pub fn weigh(&self, index: usize, window: Range<usize>, weights: &mut Vec<i32>) -> Result<()> {
        let (centre, shrink) = (self.centre(index), 1. / self.stretch());
        let weight = |x: usize| self.filter.weight((x as f64 - centre + 0.5) * shrink);
        let sum: f64 = window.clone().map(weight).sum();
        let scale = if sum == 0. { 1. } else { sum };
        weights.clear();
        reserve(weights, window.len())?;
        weights.extend(window.map(|x| {
            let weight = weight(x) / scale * f64::from(1 << BITS);
            (weight + 0.5_f64.copysign(weight)) as i32
        }));
        Ok(())
    }
}

/// The windows of some resized pixels.
pub struct Windows {
    starts: Vec<usize>,
    /// A window's after another's.
    weights: Vec<i32>,
    /// Where each window's weights end.
    ends: Vec<usize>,
}

impl Windows {
    pub fn new(axis: Axis, indices: Range<usize>) -> Result<Self> {
        let (mut starts, mut weights, mut ends, mut own) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        reserve(&mut starts, indices.len())?;
        reserve(&mut ends, indices.len())?;
        reserve(&mut weights, indices.len() * axis.longest())?;
        for (index, window) in indices.clone().zip(axis.windows(indices)) {
            axis.weigh(index, window.clone(), &mut own)?;
            starts.push(window.start);
            weights.extend(&own);
            ends.push(weights.len());
        }
        Ok(Self { starts, weights, ends })
    }

    /// Each window's start, and its weights.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let each = begins.zip(&self.ends).map(|(begin, end)| &self.weights[begin..*end]);
        self.starts.iter().copied().zip(each)
    }
}
