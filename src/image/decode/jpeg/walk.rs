//! The walk over a scan's blocks, and what sequential blocks are coded as (ITU T.81, A.2, E.2 and F.2).

use super::bits::Bits;
use super::coded::{Carried, Codes};
use super::frame::Frame;
use super::output::Output;
use super::scan::Scan;
use super::tables::{Tables, ZIGZAG};
use super::{damaged, progressive, standard, NAME};
use crate::control::Call;
use crate::error::Result;

/// Decodes a scan from the data behind its header, and returns how many bytes that was. What is missing or broken is zeros, as
/// libjpeg leaves it. With `output`, each row of units goes there at once.
pub fn decode(
    scan: &Scan,
    frame: &mut Frame,
    tables: &Tables,
    data: &[u8],
    output: Option<&mut Output>,
    call: &Call,
) -> Result<usize> {
    for (place, ..) in &scan.components {
        let component = &mut frame.components[*place];
        if component.quantisation.is_none() {
            let table = tables.quantisation.get(component.table).and_then(|table| *table);
            component.quantisation = Some(table.ok_or_else(|| damaged(NAME, "a quantisation table is missing"))?);
        }
    }
    let codes = scan.components.iter().map(|(_, dc, ac)| {
        let dc = tables.dc.get(*dc).and_then(|table| table.as_deref());
        let ac = tables.ac.get(*ac).and_then(|table| table.as_deref());
        (dc, ac)
    });
    let codes = scan.components.iter().zip(codes).map(|((_, dc, ac), found)| {
        let missing = || damaged(NAME, "a Huffman table is missing");
        let needs = (scan.band.0 == 0 && !scan.refines, scan.band.1 > 0);
        // What is not needed is any.
        let dc = found.0.or_else(|| standard::dc(if needs.0 { *dc } else { 0 }));
        let ac = found.1.or_else(|| standard::ac(if needs.1 { *ac } else { 0 }));
        let (dc, ac) = (dc.ok_or_else(missing)?, ac.ok_or_else(missing)?);
        match needs.0 && !dc.is_for_means {
            true => Err(damaged(NAME, "a table for means has a symbol over 15")),
            false => Ok(Codes { dc, ac }),
        }
    });
    let codes = codes.collect::<Result<Vec<_>>>()?;
    let mut walk = Walk::new(scan, codes, data, tables.restart);
    match scan.components.as_slice() {
        [(place, ..)] => walk.alone(frame, *place, output, call)?,
        _ => walk.interleaved(frame, output, call)?,
    }
    Ok(walk.passed())
}

/// Over the blocks of a scan.
struct Walk<'a> {
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
    fn new(scan: &'a Scan, codes: Vec<Codes<'a>>, data: &'a [u8], restart: usize) -> Self {
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
    fn passed(&self) -> usize {
        self.bits.position()
    }

    /// A component by itself: only the blocks that hold some of its samples.
    fn alone(&mut self, frame: &mut Frame, place: usize, mut output: Option<&mut Output>, call: &Call) -> Result<()> {
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

    fn interleaved(&mut self, frame: &mut Frame, mut output: Option<&mut Output>, call: &Call) -> Result<()> {
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
