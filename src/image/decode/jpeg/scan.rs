//! A scan: which components and which part of their coefficients it has, and with which tables (ITU T.81, B.2.3).

use super::frame::Frame;
use super::{damaged, NAME};
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
}
