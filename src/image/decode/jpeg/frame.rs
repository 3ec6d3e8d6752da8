//! A picture's frame: its size and its components (ITU T.81, B.2.2 and A.1).

use super::super::super::memory::zeros;
use super::{damaged, idct, unsupported, NAME};
use crate::error::{Error, Result};

pub struct Frame {
    pub width: usize,
    pub height: usize,
    pub progressive: bool,
    pub components: Vec<Component>,
    /// Minimum coded units in a row, and rows of them, where components are interleaved.
    pub units: (usize, usize),
}

/// One of the planes that make up a picture.
pub struct Component {
    pub id: u8,
    /// Its samples stand to the picture's pixels as `h` and `v` to the largest of all components.
    pub h: usize,
    pub v: usize,
    pub table: usize,
    /// Its samples, without what fills up the last blocks.
    pub width: usize,
    pub height: usize,
    /// Blocks of 8×8 that hold these, and as many as whole units take.
    pub blocks: (usize, usize),
    pub padded: (usize, usize),
    /// As it was when the component's first scan began.
    pub quantisation: Option<[i16; 64]>,
    /// Of each block row by row. A picture in one scan keeps only the rows of blocks that it is at.
    pub coefficients: Vec<[i16; 64]>,
    kept: usize,
    /// Of the last two rows of units: a row of samples goes into rows of the picture together with its neighbours.
    samples: Vec<u8>,
    /// Rows of samples that were made.
    pub finished: usize,
}

impl Frame {
    /// Of a frame header; nothing is taken for pixels yet.
    pub fn read(code: u8, segment: &[u8]) -> Result<Self> {
        let process = match code {
            0xC0..=0xC2 => None,
            0xC3 | 0xC7 | 0xCB | 0xCF => Some("lossless"),
            0xC5 | 0xC6 => Some("hierarchical"),
            _ => Some("arithmetic coding"),
        };
        if let Some(process) = process {
            return Err(unsupported(process));
        }
        let short = || damaged(NAME, "its frame header is too short");
        let [precision, h1, h2, w1, w2, count] = *segment.first_chunk().ok_or_else(short)?;
        if precision != 8 {
            return Err(unsupported(format_args!("{precision} bits a sample")));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(damaged(
                NAME,
                format_args!("it has {count} components; pictures have 1, 3 or 4"),
            ));
        }
        let width = usize::from(u16::from_be_bytes([w1, w2]));
        let height = usize::from(u16::from_be_bytes([h1, h2]));
        let specified = segment
            .get(6..6 + 3 * usize::from(count))
            .ok_or_else(short)?
            .as_chunks::<3>()
            .0;
        let factors = |[_, both, _]: &[u8; 3]| (usize::from(both >> 4), usize::from(both & 15));
        if specified
            .iter()
            .map(factors)
            .any(|(h, v)| !(1..=4).contains(&h) || !(1..=4).contains(&v))
        {
            return Err(damaged(NAME, "a component has a sampling factor that is not 1 to 4"));
        }
        let most = |f: fn((usize, usize)) -> usize| specified.iter().map(factors).map(f).max().unwrap_or(1);
        let (most_h, most_v) = (most(|(h, _)| h), most(|(_, v)| v));
        let units = (width.div_ceil(8 * most_h), height.div_ceil(8 * most_v));
        let component = |specified: &[u8; 3]| {
            let (h, v) = factors(specified);
            let (width, height) = ((width * h).div_ceil(most_h), (height * v).div_ceil(most_v));
            Component {
                id: specified[0],
                h,
                v,
                table: usize::from(specified[2]),
                width,
                height,
                blocks: (width.div_ceil(8), height.div_ceil(8)),
                padded: (units.0 * h, units.1 * v),
                quantisation: None,
                coefficients: Vec::new(),
                kept: 0,
                samples: Vec::new(),
                finished: 0,
            }
        };
        Ok(Frame {
            width,
            height,
            progressive: code == 0xC2,
            components: specified.iter().map(component).collect(),
            units,
        })
    }

    /// The largest sampling factors.
    pub fn most(&self) -> (usize, usize) {
        let most = |f: fn(&Component) -> usize| self.components.iter().map(f).max().unwrap_or(1);
        (most(|c| c.h), most(|c| c.v))
    }

    /// Takes memory for the samples, and for the coefficients of all blocks (`whole`) or of a row of units.
    pub fn reserve(&mut self, whole: bool) -> Result<()> {
        for component in &mut self.components {
            let (across, down) = component.padded;
            component.kept = if whole { down } else { component.v };
            let blocks = across * component.kept;
            let reserved = component.coefficients.try_reserve_exact(blocks);
            reserved
                .map_err(|_| Error::OutOfMemory(format!("There is no memory for the {blocks} blocks of a {NAME}.")))?;
            component.coefficients.resize(blocks, [0; 64]);
            component.samples = zeros(64 * (across * component.held()) as u64)?;
        }
        Ok(())
    }

    /// Makes samples of a row of units.
    pub fn finish(&mut self, row: usize) {
        for component in &mut self.components {
            (row * component.v..(row + 1) * component.v).for_each(|y| component.finish(y));
        }
    }
}

impl Component {
    /// Rows of blocks whose samples are kept.
    fn held(&self) -> usize {
        2 * self.v
    }

    /// The row `y` of its blocks.
    pub fn row_of_blocks(&mut self, y: usize) -> &mut [[i16; 64]] {
        let across = self.padded.0;
        let at = (y % self.kept.max(1)) * across;
        self.coefficients.get_mut(at..at + across).unwrap_or_default()
    }

    /// Makes samples of a row of blocks.
    pub fn finish(&mut self, y: usize) {
        let quantisation = self.quantisation.unwrap_or([0; 64]);
        let stride = 8 * self.padded.0;
        let top = 8 * (y % self.held());
        let mut samples = std::mem::take(&mut self.samples);
        if let Some(samples) = samples.get_mut(stride * top..stride * (top + 8)) {
            idct::row_of_blocks(self.row_of_blocks(y), &quantisation, samples, stride);
        }
        self.samples = samples;
        self.finished = 8 * (y + 1);
    }

    /// A row of its samples, one of the last that were made.
    pub fn row(&self, y: usize) -> &[u8] {
        let stride = 8 * self.padded.0;
        &self.samples[stride * (y % (8 * self.held()))..][..self.width]
    }
}
