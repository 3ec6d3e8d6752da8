//! A scan: which components and which part of their coefficients it has, and with which tables (ITU T.81, B.2.3).

use super::frame::Frame;
use super::output::Output;
use super::tables::Tables;
use super::walk::{Codes, Walk};
use super::{damaged, standard, NAME};
use crate::control::Call;
use crate::error::Result;

pub struct Scan {
    /// Places of its components in the frame, each with its tables' numbers, for means and for the rest.
    pub components: Vec<(usize, usize, usize)>,
    /// The coefficients that it has, first and last, in coding order.
    pub band: (usize, usize),
    /// How many low bits are left to later scans, and were left by the one before.
    pub low: u32,
    pub refines: bool,
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
    /// libjpeg leaves it. With `output`, each row of units goes there at once.
    pub fn decode(
        &self,
        frame: &mut Frame,
        tables: &Tables,
        data: &[u8],
        output: Option<&mut Output>,
        call: &Call,
    ) -> Result<usize> {
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
        let mut walk = Walk::new(self, codes, data, tables.restart);
        match self.components.as_slice() {
            [(place, ..)] => walk.alone(frame, *place, output, call)?,
            _ => walk.interleaved(frame, output, call)?,
        }
        Ok(walk.passed())
    }
}
