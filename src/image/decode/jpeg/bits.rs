//! The bits of entropy-coded data, up to the next marker.

#[derive(Clone, Copy)]
pub struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    /// From the highest bit on.
    buffer: u64,
    /// How many there are; below zero: more were taken than there are, zeros, as libjpeg makes them.
    count: i32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            position: 0,
            buffer: 0,
            count: 0,
        }
    }

    /// Where the bytes stand that are not in the buffer.
    pub fn position(&self) -> usize {
        self.position
    }

    pub fn is_exhausted(&self) -> bool {
        self.count < 0
    }

    /// At least 32 bits, unless a marker is near.
    #[inline(always)]
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
                self.buffer |= eight >> (self.count & 63);
                self.position += (63 - self.count as usize) >> 3;
                self.count |= 56;
                return;
            }
        }
        self.refill_bytewise();
    }

    #[cold]
    #[inline(never)]
    fn refill_bytewise(&mut self) {
        while (0..=56).contains(&self.count) {
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

    /// The next bits, which stay, from the highest on.
    #[inline(always)]
    pub fn peek(&self) -> u64 {
        self.buffer
    }

    /// At most 31.
    #[inline(always)]
    pub fn skip(&mut self, n: u32) {
        self.buffer <<= n & 63;
        self.count -= n as i32;
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

    /// Goes on behind the restart marker `number`. Where another one stands, it does as libjpeg's `jpeg_resync_to_restart`: one
    /// of the next two stays for its turn, one of the last two is passed over, and any other is taken for the one that is due. What
    /// begins something else stays, too.
    pub fn restart(&mut self, number: u8) {
        self.buffer = 0;
        // Bits that were missing are missing until the marker is found.
        self.count = self.count.min(0);
        loop {
            let Some(at) = self
                .data
                .get(self.position..)
                .and_then(|rest| rest.windows(2).position(is_marker))
            else {
                self.position = self.data.len();
                return;
            };
            let here = self.position + at;
            let code = self.data.get(here + 1).copied().unwrap_or_default();
            let ahead = match code {
                0xD0..=0xD7 => code.wrapping_sub(number) & 7,
                // There is no such marker.
                0..0xC0 => 7,
                _ => 1,
            };
            match ahead {
                1 | 2 => {
                    self.position = here;
                    return;
                }
                6 | 7 => self.position = here + 2,
                _ => {
                    self.position = here + 2;
                    self.count = 0;
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
        assert!(!bits.is_exhausted());
        assert_eq!(bits.take(8), 0);
        assert!(bits.is_exhausted());
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
        assert!(!bits.is_exhausted());
    }
}
