//! The walk over a scan's blocks, and what sequential blocks are coded as (ITU T.81, A.2, E.2 and F.2).

use super::bits::Bits;
use super::frame::Frame;
use super::huffman::Huffman;
use super::output::Output;
use super::progressive;
use super::scan::Scan;
use super::tables::ZIGZAG;
use crate::control::Call;
use crate::error::Result;

/// What is carried from block to block, anew after a restart.
#[derive(Default)]
pub struct Carried {
    means: [i32; 4],
    /// Blocks that a progressive scan has ended already.
    pub ended: u32,
}

impl Carried {
    /// The next mean, coded as the difference to the last one of its component.
    pub fn mean(&mut self, component: usize, table: &Huffman, bits: &mut Bits) -> i32 {
        let (_, difference) = table.decode_value(bits);
        self.means[component] = self.means[component].wrapping_add(difference);
        self.means[component]
    }
}

/// The tables of a component in a scan.
pub struct Codes<'a> {
    pub dc: &'a Huffman,
    pub ac: &'a Huffman,
}

/// Over the blocks of a scan.
pub struct Walk<'a> {
    scan: &'a Scan,
    codes: Vec<Codes<'a>>,
    bits: Bits<'a>,
    carried: Carried,
    restart: usize,
    /// Units since the last restart.
    done: usize,
    restarts: u8,
}

impl<'a> Walk<'a> {
    /// `restart`: units between two restarts, or 0.
    pub fn new(scan: &'a Scan, codes: Vec<Codes<'a>>, data: &'a [u8], restart: usize) -> Self {
        Self {
            scan,
            codes,
            bits: Bits::new(data),
            carried: Carried::default(),
            restart,
            done: 0,
            restarts: 0,
        }
    }

    /// The bytes that were read.
    pub fn passed(&self) -> usize {
        self.bits.position()
    }

    /// A component by itself: only the blocks that hold some of its samples.
    pub fn alone(
        &mut self,
        frame: &mut Frame,
        place: usize,
        mut output: Option<&mut Output>,
        call: &Call,
    ) -> Result<()> {
        let progressive = frame.progressive;
        let (across, down) = frame.components[place].blocks;
        for y in 0..down {
            call.check()?;
            let component = &mut frame.components[place];
            let row = component.row_of_blocks(y);
            for block in row.iter_mut().take(across) {
                if output.is_some() {
                    *block = [0; 64];
                }
                if self.begin_unit() {
                    self.block(block, place, 0, progressive);
                }
            }
            if let Some(output) = &mut output {
                component.finish(y);
                output.advance(frame);
            }
        }
        Ok(())
    }

    pub fn interleaved(&mut self, frame: &mut Frame, mut output: Option<&mut Output>, call: &Call) -> Result<()> {
        let (progressive, streaming) = (frame.progressive, output.is_some());
        let (across, down) = frame.units;
        for row in 0..down {
            call.check()?;
            for column in 0..across {
                let is_there = self.begin_unit();
                for (i, (place, ..)) in self.scan.components.iter().enumerate() {
                    let component = &mut frame.components[*place];
                    let (h, v) = (component.h, component.v);
                    let top = if streaming { 0 } else { row * v };
                    for y in top..top + v {
                        let at = y * component.padded.0 + column * h;
                        for block in &mut component.coefficients[at..at + h] {
                            if streaming {
                                *block = [0; 64];
                            }
                            if is_there {
                                self.block(block, *place, i, progressive);
                            }
                        }
                    }
                }
            }
            if let Some(output) = &mut output {
                frame.finish(row);
                output.advance(frame);
            }
        }
        Ok(())
    }

    /// Passes a restart if one is due, and says whether there is data for the next unit.
    fn begin_unit(&mut self) -> bool {
        if self.restart > 0 && self.done == self.restart {
            self.bits.restart(self.restarts);
            self.restarts = (self.restarts + 1) & 7;
            self.carried = Carried::default();
            self.done = 0;
        }
        self.done += 1;
        !self.bits.is_exhausted()
    }

    #[inline(always)]
    fn block(&mut self, block: &mut [i16; 64], place: usize, i: usize, progressive: bool) {
        let codes = &self.codes[i];
        if progressive {
            return progressive::block(self.scan, codes, &mut self.bits, &mut self.carried, place, block);
        }
        // A copy, so that it is in registers.
        let mut bits = self.bits;
        block[0] = self.carried.mean(place, codes.dc, &mut bits) as i16;
        let mut k = 1;
        while k < 64 {
            let (symbol, value) = codes.ac.decode_value(&mut bits);
            k += usize::from(symbol >> 4);
            if symbol & 15 != 0 {
                block[usize::from(PLACES[k & 127] & 63)] = value as i16;
            } else if symbol != 0xF0 {
                break;
            }
            k += 1;
        }
        self.bits = bits;
    }
}

/// A run beyond the end stays at it.
const PLACES: [u8; 128] = {
    let mut places = [63; 128];
    let mut k = 0;
    while k < 64 {
        places[k] = ZIGZAG[k];
        k += 1;
    }
    places
};
