//! Huffman codes (ITU T.81, annexes C and F.2.2.3).

use super::bits::Bits;
use super::damaged;
use super::NAME;
use crate::error::Result;

/// Codes of up to this many bits are looked up in one step.
const FAST: usize = 9;

#[derive(Clone)]
pub struct Huffman {
    /// By the next bits: a code's length and its symbol; 0 where the code is longer.
    fast: [u16; 1 << FAST],
    /// For each length, the largest code; -1: there is none.
    largest: [i32; 17],
    /// From a code of a length to the place of its symbol.
    offset: [i32; 17],
    symbols: [u8; 256],
}

impl Huffman {
    /// `counts`: how many codes there are of each length, from 1 on.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self> {
        let mut table = Self {
            fast: [0; 1 << FAST],
            largest: [-1; 17],
            offset: [0; 17],
            symbols: [0; 256],
        };
        for (to, from) in table.symbols.iter_mut().zip(symbols) {
            *to = *from;
        }
        let (mut code, mut place) = (0_i32, 0_i32);
        for (length, count) in (1..).zip(counts) {
            let end = code + i32::from(*count);
            if end > 1 << length {
                return Err(damaged(NAME, "it has a table of more codes than their lengths allow"));
            }
            table.offset[length] = place - code;
            if end > code {
                table.largest[length] = end - 1;
            }
            for code in code..end {
                if length <= FAST {
                    let symbol = table.symbols[(code + table.offset[length]) as usize & 255];
                    let first = (code as usize) << (FAST - length);
                    table.fast[first..first + (1 << (FAST - length))].fill((length << 8) as u16 | u16::from(symbol));
                }
            }
            place += i32::from(*count);
            code = end << 1;
        }
        Ok(table)
    }

    pub fn symbols(&self) -> &[u8; 256] {
        &self.symbols
    }

    /// The next symbol. What is no code is 0, as in libjpeg.
    #[inline]
    pub fn decode(&self, bits: &mut Bits) -> u8 {
        bits.refill();
        let next = bits.peek();
        match self.fast[next >> (16 - FAST)] {
            0 => self.decode_long(bits, next),
            found => {
                bits.skip(u32::from(found >> 8));
                found as u8
            }
        }
    }

    #[cold]
    fn decode_long(&self, bits: &mut Bits, next: usize) -> u8 {
        for length in FAST + 1..=16 {
            let code = (next >> (16 - length)) as i32;
            if code <= self.largest[length] {
                bits.skip(length as u32);
                return self.symbols[(code + self.offset[length]) as usize & 255];
            }
        }
        bits.skip(17);
        0
    }
}
