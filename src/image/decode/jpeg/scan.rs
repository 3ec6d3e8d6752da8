//! A scan: which components and which part of their coefficients it has, and the walk over its blocks (ITU T.81, B.2.3 and E.2).

use super::bits::Bits;
use super::frame::Frame;
use super::huffman::Huffman;
use super::tables::{Tables, ZIGZAG};
use super::{damaged, progressive, standard, NAME};
use crate::error::Result;

pub struct Scan {
    /// Places of its components in the frame, each with its tables' numbers, for means and for the rest.
    components: Vec<(usize, usize, usize)>,
    /// The coefficients that it has, first and last, in coding order.
    pub band: (usize, usize),
    /// How many low bits are left to later scans, and were left by the one before.
    pub low: u32,
    pub refines: bool,
}

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
        let length = table.decode(bits);
        let difference = bits.signed(u32::from(length & 15));
        self.means[component] = self.means[component].wrapping_add(difference);
        self.means[component]
    }
}

/// The tables of a component in a scan; a scan that needs only one has another's in the place of the other.
pub struct Codes<'a> {
    pub dc: &'a Huffman,
    pub ac: &'a Huffman,
}

impl Scan {
    pub fn read(segment: &[u8], frame: &Frame) -> Result<Self> {
        let short = || damaged(NAME, "a scan header is too short");
        let (count, rest) = segment.split_first().ok_or_else(short)?;
        let count = usize::from(*count);
        let specified = rest
            .get(..2 * count)
            .filter(|_| (1..=4).contains(&count))
            .ok_or_else(short)?;
        let [first, last, bits] = *rest.get(2 * count..).and_then(<[u8]>::first_chunk).ok_or_else(short)?;
        let mut components: Vec<(usize, usize, usize)> = Vec::new();
        for [id, tables] in specified.as_chunks::<2>().0 {
            let place = frame.components.iter().position(|component| component.id == *id);
            let place = place.filter(|place| components.iter().all(|(other, ..)| other != place));
            let place = place.ok_or_else(|| {
                damaged(
                    NAME,
                    format_args!("a scan names the component {id}, which there is not, or twice"),
                )
            })?;
            components.push((place, usize::from(tables >> 4), usize::from(tables & 15)));
        }
        let blocks: usize = components
            .iter()
            .map(|(place, ..)| frame.components[*place].h * frame.components[*place].v)
            .sum();
        if count > 1 && blocks > 10 {
            return Err(damaged(NAME, "a scan has units of more than ten blocks"));
        }
        let (high, low) = (u32::from(bits >> 4), u32::from(bits & 15));
        let mut scan = Scan {
            components,
            band: (usize::from(first), usize::from(last)),
            low,
            refines: high > 0,
        };
        if !frame.progressive {
            (scan.band, scan.low, scan.refines) = ((0, 63), 0, false);
        } else if !scan.is_possible(high) {
            return Err(damaged(
                NAME,
                "a progressive scan has a part of the coefficients that there cannot be",
            ));
        }
        Ok(scan)
    }

    fn is_possible(&self, high: u32) -> bool {
        let (first, last) = self.band;
        let band = if first == 0 {
            last == 0
        } else {
            first <= last && last < 64 && self.components.len() == 1
        };
        band && self.low <= 13 && (!self.refines || high == self.low + 1)
    }

    /// Whether it brings whole blocks of all components.
    pub fn is_all(&self, frame: &Frame) -> bool {
        !frame.progressive && self.components.len() == frame.components.len()
    }

    /// Decodes it from the data behind its header, and returns how many bytes that was. What is missing or broken is zeros, as
    /// libjpeg leaves it. `streaming`: each row of units becomes samples at once.
    pub fn decode(&self, frame: &mut Frame, tables: &Tables, data: &[u8], streaming: bool) -> Result<usize> {
        for (place, ..) in &self.components {
            let component = &mut frame.components[*place];
            if component.quantisation.is_none() {
                let table = tables.quantisation.get(component.table).and_then(|table| *table);
                component.quantisation = Some(table.ok_or_else(|| damaged(NAME, "a quantisation table is missing"))?);
            }
        }
        let codes = self.components.iter().map(|(_, dc, ac)| {
            let dc = tables.dc.get(*dc).and_then(|table| table.as_deref());
            let ac = tables.ac.get(*ac).and_then(|table| table.as_deref());
            (dc, ac)
        });
        let codes = self.components.iter().zip(codes).map(|((_, dc, ac), found)| {
            let missing = || damaged(NAME, "a Huffman table is missing");
            let needs = (self.band.0 == 0 && !self.refines, self.band.1 > 0);
            let dc = found.0.or_else(|| standard::dc(*dc)).or(found.1.filter(|_| !needs.0));
            let ac = found.1.or_else(|| standard::ac(*ac)).or(found.0.filter(|_| !needs.1));
            Ok(Codes {
                dc: dc.ok_or_else(missing)?,
                ac: ac.ok_or_else(missing)?,
            })
        });
        let codes = codes.collect::<Result<Vec<_>>>()?;
        let mut walk = Walk {
            scan: self,
            codes,
            bits: Bits::new(data),
            carried: Carried::default(),
            restart: tables.restart,
            done: 0,
            restarts: 0,
        };
        match self.components.as_slice() {
            [(place, ..)] => walk.alone(frame, *place, streaming),
            _ => walk.interleaved(frame, streaming),
        }
        Ok(walk.bits.position())
    }
}

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

impl Walk<'_> {
    /// A component by itself: only the blocks that hold some of its samples.
    fn alone(&mut self, frame: &mut Frame, place: usize, streaming: bool) {
        let progressive = frame.progressive;
        let component = &mut frame.components[place];
        let (across, down) = component.blocks;
        for y in 0..down {
            for x in 0..across {
                if self.begin_unit() {
                    self.block(component.block(x, y), place, 0, progressive);
                }
            }
            if streaming {
                component.finish(y);
            }
        }
    }

    fn interleaved(&mut self, frame: &mut Frame, streaming: bool) {
        let progressive = frame.progressive;
        let (across, down) = frame.units;
        for row in 0..down {
            for column in 0..across {
                if !self.begin_unit() {
                    continue;
                }
                for (i, (place, ..)) in self.scan.components.iter().enumerate() {
                    let component = &mut frame.components[*place];
                    let (h, v) = (component.h, component.v);
                    for y in row * v..(row + 1) * v {
                        for x in column * h..(column + 1) * h {
                            self.block(component.block(x, y), *place, i, progressive);
                        }
                    }
                }
            }
            if streaming {
                for component in &mut frame.components {
                    (row * component.v..(row + 1) * component.v).for_each(|y| component.finish(y));
                }
            }
        }
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
        !self.bits.exhausted
    }

    #[inline]
    fn block(&mut self, block: &mut [i16; 64], place: usize, i: usize, progressive: bool) {
        let codes = &self.codes[i];
        if progressive {
            return progressive::block(self.scan, codes, &mut self.bits, &mut self.carried, place, block);
        }
        block[0] = self.carried.mean(place, codes.dc, &mut self.bits) as i16;
        let mut k = 1;
        while k < 64 {
            let symbol = codes.ac.decode(&mut self.bits);
            let (run, length) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, length) {
                (15, 0) => k += 16,
                (_, 0) => break,
                _ => {
                    k += run;
                    // A run beyond the end stays at it.
                    block[usize::from(ZIGZAG[k.min(63)])] = self.bits.signed(length) as i16;
                    k += 1;
                }
            }
        }
    }
}
