//! What segments before a scan set: quantisation, Huffman tables, the restart interval (ITU T.81, B.2.4), and the two application
//! markers that say what the components are.

use super::huffman::Huffman;
use super::{damaged, NAME};
use crate::error::Result;

/// From the order in which coefficients are coded, from low to high frequencies, to rows (ITU T.81, figure 5).
pub const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

#[derive(Default)]
pub struct Tables {
    pub quantisation: [Option<[i16; 64]>; 4],
    pub dc: [Option<Box<Huffman>>; 4],
    pub ac: [Option<Box<Huffman>>; 4],
    /// Units between two restarts; 0: there are none.
    pub restart: usize,
    pub jfif: bool,
    /// Adobe's marker is there, with this transform.
    pub adobe: Option<u8>,
}

impl Tables {
    /// Takes in a segment, if it is one of these.
    pub fn read(&mut self, code: u8, segment: &[u8]) -> Result<()> {
        match code {
            0xDB => self.read_quantisation(segment),
            0xC4 => self.read_huffman(segment),
            0xDD => {
                let [a, b] = *segment.first_chunk().ok_or_else(short)?;
                self.restart = usize::from(u16::from_be_bytes([a, b]));
                Ok(())
            }
            0xE0 if segment.len() >= 14 && segment.starts_with(b"JFIF\0") => {
                self.jfif = true;
                Ok(())
            }
            0xEE if segment.len() >= 12 && segment.starts_with(b"Adobe") => {
                self.adobe = segment.get(11).copied();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_quantisation(&mut self, mut segment: &[u8]) -> Result<()> {
        while let Some((head, rest)) = segment.split_first() {
            let wide = head >> 4 != 0;
            let bytes = if wide { 128 } else { 64 };
            let values = rest.get(..bytes).ok_or_else(short)?;
            let mut table = [0; 64];
            for (i, place) in ZIGZAG.iter().enumerate() {
                table[usize::from(*place)] = match wide {
                    true => i16::from_be_bytes([values[2 * i], values[2 * i + 1]]),
                    false => i16::from(values[i]),
                };
            }
            let slot = self.quantisation.get_mut(usize::from(head & 15));
            *slot.ok_or_else(|| damaged(NAME, "a quantisation table has a number over 3"))? = Some(table);
            segment = &rest[bytes..];
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut segment: &[u8]) -> Result<()> {
        while let Some((head, rest)) = segment.split_first() {
            let counts: &[u8; 16] = rest.first_chunk().ok_or_else(short)?;
            let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let symbols = rest.get(16..16 + total).filter(|_| total <= 256).ok_or_else(short)?;
            let table = Huffman::new(counts, symbols)?;
            let is_dc = head >> 4 == 0;
            let slots = if is_dc { &mut self.dc } else { &mut self.ac };
            let slot = slots.get_mut(usize::from(head & 15)).filter(|_| head >> 4 <= 1);
            *slot.ok_or_else(|| damaged(NAME, "a Huffman table has a number or a class that there is not"))? =
                Some(Box::new(table));
            segment = &rest[16 + total..];
        }
        Ok(())
    }
}

fn short() -> crate::error::Error {
    damaged(NAME, "a table in it is too short")
}
