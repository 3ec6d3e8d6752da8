//! The bits of entropy-coded data, up to the next marker.

pub struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    /// From the highest bit on.
    buffer: u64,
    count: u32,
    /// More bits were taken than there are: the rest were zeros, as libjpeg makes them.
    pub exhausted: bool,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            position: 0,
            buffer: 0,
            count: 0,
            exhausted: false,
        }
    }

    /// Where the bytes stand that are not in the buffer.
    pub fn position(&self) -> usize {
        self.position
    }

    /// At least 32 bits, unless a marker is near.
    #[inline]
    pub fn refill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(next) = self.data.get(self.position..).and_then(|rest| rest.first_chunk()) {
            let eight = u64::from_be_bytes(*next);
            // No byte is 0xFF: no zero among the inverted ones.
            let inverted = !eight;
            if inverted.wrapping_sub(0x0101_0101_0101_0101) & !inverted & 0x8080_8080_8080_8080 == 0 {
                // What does not fill a byte any more is read again next time, to the same bits.
                self.buffer |= eight >> self.count;
                self.position += (63 - self.count as usize) >> 3;
                self.count |= 56;
                return;
            }
        }
        self.refill_bytewise();
    }

    fn refill_bytewise(&mut self) {
        while self.count <= 56 {
            let Some(byte) = self.data.get(self.position).copied() else {
                return;
            };
            let mut next = self.position + 1;
            if byte == 0xFF {
                while self.data.get(next) == Some(&0xFF) {
                    next += 1;
                }
                if self.data.get(next) != Some(&0) {
                    return; // a marker
                }
                next += 1;
            }
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.position = next;
        }
    }

    /// The next 16 bits, which stay.
    #[inline]
    pub fn peek(&self) -> usize {
        (self.buffer >> 48) as usize
    }

    #[inline]
    pub fn skip(&mut self, n: u32) {
        self.buffer <<= n;
        if n > self.count {
            self.exhausted = true;
            self.count = 0;
        } else {
            self.count -= n;
        }
    }

    /// `n` bits, 0 to 16, as a number; `refill` before.
    #[inline]
    pub fn take(&mut self, n: u32) -> i32 {
        let value = (self.buffer >> 48) >> (16 - n);
        self.skip(n);
        value as i32
    }

    #[inline]
    pub fn bit(&mut self) -> bool {
        self.refill();
        self.take(1) == 1
    }

    /// A signed value of `n` bits (EXTEND in T.81, F.2.2.1).
    #[inline]
    pub fn signed(&mut self, n: u32) -> i32 {
        let value = self.take(n);
        match n {
            0 => 0,
            _ if value < 1 << (n - 1) => value - (1 << n) + 1,
            _ => value,
        }
    }

    /// Goes on behind the restart marker `number`. Where another one stands, it does as libjpeg's `jpeg_resync_to_restart`: one
    /// of the next two stays for its turn, one of the last two is passed over, and any other is taken for the one that is due.
    pub fn restart(&mut self, number: u8) {
        self.buffer = 0;
        self.count = 0;
        loop {
            let Some(at) = self
                .data
                .get(self.position..)
                .and_then(|rest| rest.windows(2).position(is_marker))
            else {
                self.position = self.data.len();
                return;
            };
            let code = self.data[self.position + at + 1];
            if !(0xD0..=0xD7).contains(&code) {
                self.position += at;
                return;
            }
            match (code & 7).wrapping_sub(number) & 7 {
                1 | 2 => {
                    self.position += at;
                    return;
                }
                6 | 7 => self.position += at + 2,
                _ => {
                    self.position += at + 2;
                    self.exhausted = false;
                    return;
                }
            }
        }
    }
}

fn is_marker(pair: &[u8]) -> bool {
    pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_is_taken_out_and_markers_end_the_bits() {
        let mut bits = Bits::new(&[0xA5, 0xFF, 0x00, 0x0F, 0xFF, 0xD9, 0x77]);
        bits.refill();
        assert_eq!((bits.take(4), bits.take(12), bits.take(8)), (0xA, 0x5FF, 0x0F));
        assert!(!bits.exhausted);
        assert_eq!(bits.take(8), 0);
        assert!(bits.exhausted);
        assert_eq!(bits.position(), 4);
    }

    #[test]
    fn a_long_run_reads_the_same_as_byte_by_byte() {
        let data: Vec<u8> = (0..=254).collect();
        let mut bits = Bits::new(&data);
        for byte in &data {
            bits.refill();
            assert_eq!((bits.take(3) << 5) | bits.take(5), i32::from(*byte));
        }
        assert!(!bits.exhausted);
    }

    #[test]
    fn values_carry_their_sign() {
        let mut bits = Bits::new(&[0b0010_1101, 0, 0, 0]);
        bits.refill();
        assert_eq!((bits.signed(2), bits.signed(2), bits.signed(4)), (-3, 2, 13));
        assert_eq!(bits.signed(0), 0);
    }
}
