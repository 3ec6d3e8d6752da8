//! Huffman codes (ITU T.81, annexes C and F.2.2).

use super::bits::Bits;
use super::damaged;
use super::NAME;
use crate::error::Result;

/// Codes of up to this many bits are looked up in one step.
const FAST: usize = 10;

#[derive(Clone)]
pub struct Huffman {
    /// By the next bits; where the code is longer, `Code::default()`.
    fast: [Code; 1 << FAST],
    /// For each length, the largest code; -1: there is none.
    largest: [i32; 17],
    /// From a code of a length to the place of its symbol.
    offset: [i32; 17],
    symbols: [u8; 256],
    /// No symbol is a size of more than 15 bits.
    pub is_for_means: bool,
}

/// A code: its symbol, its own bits, and those together with the bits of the value that it announces.
#[derive(Clone, Copy, Default)]
struct Code(u32);

impl Code {
    fn new(length: usize, symbol: u8) -> Self {
        let length = length as u32;
        Self(u32::from(symbol) << 16 | length << 8 | (length + u32::from(symbol & 15)))
    }

    #[inline(always)]
    fn symbol(self) -> u8 {
        (self.0 >> 16) as u8
    }

    #[inline(always)]
    fn length(self) -> u32 {
        self.0 >> 8 & 63
    }

    #[inline(always)]
    fn with_value(self) -> u32 {
        self.0 & 63
    }
}

impl Huffman {
    /// `counts`: how many codes there are of each length, from 1 on.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self> {
        let mut table = Self {
            fast: [Code::default(); 1 << FAST],
            largest: [-1; 17],
            offset: [0; 17],
            symbols: [0; 256],
            is_for_means: symbols.iter().all(|symbol| *symbol <= 15),
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
                    table.fast[first..first + (1 << (FAST - length))].fill(Code::new(length, symbol));
                }
            }
            place += i32::from(*count);
            code = end << 1;
        }
        Ok(table)
    }

    /// The next symbol.
    #[inline]
    pub fn decode(&self, bits: &mut Bits) -> u8 {
        bits.refill();
        let code = self.code(bits.peek());
        bits.skip(code.length());
        code.symbol()
    }

    /// The next symbol, and the signed value of as many bits as its lower half says (EXTEND in T.81, F.2.2.1).
    #[inline(always)]
    pub fn decode_value(&self, bits: &mut Bits) -> (u8, i32) {
        bits.refill();
        let code = self.code(bits.peek());
        let size = u32::from(code.symbol() & 15);
        let value = bits.peek() << code.length();
        bits.skip(code.with_value());
        let below = if value >> 63 == 0 { (1 << size) - 1 } else { 0 };
        (code.symbol(), (value >> 1 >> (63 - size)) as i32 - below)
    }

    #[inline(always)]
    fn code(&self, next: u64) -> Code {
        match self.fast[(next >> (64 - FAST)) as usize] {
            Code(0) => self.long(next),
            code => code,
        }
    }

    #[cold]
    #[inline(never)]
    fn long(&self, next: u64) -> Code {
        for length in FAST + 1..=16 {
            let code = (next >> (64 - length)) as i32;
            if code <= self.largest[length] {
                return Code::new(length, self.symbols[(code + self.offset[length]) as usize & 255]);
            }
        }
        // What is no code is 0, as in libjpeg.
        Code::new(17, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_carry_their_sign() {
        // Codes 0, 10 and 110 for values of no bits, of two and of four.
        let mut counts = [0; 16];
        counts[..3].fill(1);
        let table = Huffman::new(&counts, &[0, 0x32, 4]).unwrap();
        let mut bits = Bits::new(&[0b1000_1010, 0b0110_1101, 0b1100_0010, 0]);
        let mut next = || table.decode_value(&mut bits);
        assert_eq!((next(), next(), next()), ((0x32, -3), (0x32, 2), (0, 0)));
        assert_eq!((next(), next(), next()), ((4, 13), (4, -14), (0, 0)));
        assert_eq!(next(), (0, 0));
    }
}
