//! Samples of a component → as many as the picture has pixels, as libjpeg-turbo's "fancy" upsampling makes them (`jdsample.c`): halved
//! chroma is weighted 3 to 1 with the nearer and the farther neighbour, other ratios repeat samples.

use multiversion::multiversion;

use super::damaged;
use super::frame::Component;
use super::NAME;
use crate::error::Result;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Method {
    Whole,
    HalvedWidth,
    HalvedHeight,
    HalvedBoth,
    /// This many times in width and height.
    Repeated(usize, usize),
}

/// Makes a component's samples as many as the picture's pixels, row by row.
pub struct Upsampler {
    method: Method,
    row: Vec<u8>,
    sums: Vec<u16>,
}

impl Upsampler {
    /// `most`: the largest sampling factors of the picture's components, in width and height.
    pub fn new(component: &Component, most: (usize, usize)) -> Result<Self> {
        let (h, v) = (component.h, component.v);
        if !most.0.is_multiple_of(h) || !most.1.is_multiple_of(v) {
            return Err(damaged(
                NAME,
                format_args!("chroma in a ratio of {h}×{v} to {}×{} is not supported", most.0, most.1),
            ));
        }
        let narrow = component.width <= 2;
        let method = match (most.0 / h, most.1 / v) {
            (1, 1) => Method::Whole,
            (2, 1) if !narrow => Method::HalvedWidth,
            (1, 2) => Method::HalvedHeight,
            (2, 2) if !narrow => Method::HalvedBoth,
            (across, down) => Method::Repeated(across, down),
        };
        let width = component.width;
        let across = most.0 / h;
        Ok(Self {
            method,
            row: vec![0; width * across],
            sums: vec![0; if method == Method::HalvedBoth { width } else { 0 }],
        })
    }

    /// The component's last row that row `y` of the picture is made of.
    pub fn last_needed(&self, component: &Component, y: usize) -> usize {
        match self.method {
            Method::Whole | Method::HalvedWidth => y,
            Method::HalvedHeight | Method::HalvedBoth => far(component, y).max(y / 2),
            Method::Repeated(_, down) => y / down,
        }
    }

    /// Row `y` of the picture.
    pub fn row<'a>(&'a mut self, component: &'a Component, y: usize) -> &'a [u8] {
        let near_and_far = || (component.row(y / 2), component.row(far(component, y)));
        match self.method {
            Method::Whole => return component.row(y),
            Method::HalvedWidth => across(component.row(y), &mut self.row),
            Method::HalvedHeight => {
                let (near, far) = near_and_far();
                down(near, far, 1 + (y % 2) as u16, &mut self.row);
            }
            Method::HalvedBoth => {
                let (near, far) = near_and_far();
                sum(near, far, &mut self.sums);
                across_sums(&self.sums, &mut self.row);
            }
            Method::Repeated(across, down) => {
                let row = component.row(y / down);
                for (to, from) in self.row.chunks_mut(across).zip(row) {
                    to.fill(*from);
                }
            }
        }
        &self.row
    }
}

/// Of two rows that come of one, the upper leans on the row above, the lower on the one below; at the edge on its own.
fn far(component: &Component, y: usize) -> usize {
    match y % 2 {
        0 => (y / 2).saturating_sub(1),
        _ => (y / 2 + 1).min(component.height - 1),
    }
}

/// `h2v1_fancy_upsample`.
#[multiversion(targets("x86_64+avx2"))]
fn across(from: &[u8], to: &mut [u8]) {
    let last = from.len() - 1;
    let pairs = to.as_chunks_mut::<2>().0;
    let weigh = |near: u8, far: u8, bias: u16| ((3 * u16::from(near) + u16::from(far) + bias) >> 2) as u8;
    pairs[0] = [from[0], weigh(from[0], from[1], 2)];
    for (pair, around) in pairs[1..].iter_mut().zip(from.windows(3)) {
        *pair = [weigh(around[1], around[0], 1), weigh(around[1], around[2], 2)];
    }
    pairs[last] = [weigh(from[last], from[last - 1], 1), from[last]];
}

/// `h1v2_fancy_upsample`.
#[multiversion(targets("x86_64+avx2"))]
fn down(near: &[u8], far: &[u8], bias: u16, to: &mut [u8]) {
    for ((to, near), far) in to.iter_mut().zip(near).zip(far) {
        *to = ((3 * u16::from(*near) + u16::from(*far) + bias) >> 2) as u8;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn sum(near: &[u8], far: &[u8], to: &mut [u16]) {
    for ((to, near), far) in to.iter_mut().zip(near).zip(far) {
        *to = 3 * u16::from(*near) + u16::from(*far);
    }
}

/// `h2v2_fancy_upsample`, of columns that are summed already.
#[multiversion(targets("x86_64+avx2"))]
fn across_sums(from: &[u16], to: &mut [u8]) {
    let last = from.len() - 1;
    let pairs = to.as_chunks_mut::<2>().0;
    let weigh = |near: u16, far: u16, bias: u16| ((3 * near + far + bias) >> 4) as u8;
    pairs[0] = [weigh(from[0], from[0], 8), weigh(from[0], from[1], 7)];
    for (pair, around) in pairs[1..].iter_mut().zip(from.windows(3)) {
        *pair = [weigh(around[1], around[0], 8), weigh(around[1], around[2], 7)];
    }
    pairs[last] = [weigh(from[last], from[last - 1], 8), weigh(from[last], from[last], 7)];
}
