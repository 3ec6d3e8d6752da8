//! Blocks of progressive scans, which bring a band of the coefficients or one more bit of them (ITU T.81, annex G).

use super::bits::Bits;
use super::coded::{Carried, Codes};
use super::scan::Scan;
use super::tables::ZIGZAG;

#[inline]
pub fn block(scan: &Scan, codes: &Codes, bits: &mut Bits, carried: &mut Carried, place: usize, block: &mut [i16; 64]) {
    match (scan.band.0 == 0, scan.refines) {
        (true, false) => block[0] = carried.mean(place, codes.dc, bits).wrapping_shl(scan.low) as i16,
        (true, true) => {
            if bits.bit() {
                block[0] |= 1 << scan.low;
            }
        }
        (false, false) => first(scan, codes, bits, carried, block),
        (false, true) => refine(scan, codes, bits, carried, block),
    }
}

/// How many blocks have no more coefficients from here on: 2^length and as many bits more.
fn ended(length: u32, bits: &mut Bits) -> u32 {
    bits.refill();
    (1 << length) + bits.take(length) as u32
}

fn first(scan: &Scan, codes: &Codes, bits: &mut Bits, carried: &mut Carried, block: &mut [i16; 64]) {
    if carried.ended > 0 {
        carried.ended -= 1;
        return;
    }
    let (mut k, last) = scan.band;
    while k <= last {
        let (symbol, value) = codes.ac.decode_value(bits);
        let (run, length) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        match (run, length) {
            (15, 0) => k += 16,
            (_, 0) => {
                carried.ended = ended(run, bits) - 1;
                return;
            }
            _ => {
                k += run as usize;
                block[usize::from(ZIGZAG[k.min(63)])] = value.wrapping_shl(scan.low) as i16;
                k += 1;
            }
        }
    }
}

/// One more bit for the coefficients that are not zero, between which new ones of size one come.
fn refine(scan: &Scan, codes: &Codes, bits: &mut Bits, carried: &mut Carried, block: &mut [i16; 64]) {
    let bit = 1_i16 << scan.low;
    let (mut k, last) = scan.band;
    if carried.ended == 0 {
        while k <= last {
            let symbol = codes.ac.decode(bits);
            let (mut run, length) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            let mut new = 0;
            if length > 0 {
                // Its size can only be one: here is its sign.
                new = if bits.bit() { bit } else { -bit };
            } else if run < 15 {
                carried.ended = ended(run, bits);
                break;
            }
            while k <= last {
                let coefficient = &mut block[usize::from(ZIGZAG[k])];
                if *coefficient != 0 {
                    correct(coefficient, bit, bits);
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            if new != 0 {
                // A run beyond the end goes one beyond, as in libjpeg.
                block[usize::from(ZIGZAG[k.min(63)])] = new;
            }
            k += 1;
        }
    }
    if carried.ended > 0 {
        for place in ZIGZAG.iter().take(last + 1).skip(k) {
            let coefficient = &mut block[usize::from(*place)];
            if *coefficient != 0 {
                correct(coefficient, bit, bits);
            }
        }
        carried.ended -= 1;
    }
}

fn correct(coefficient: &mut i16, bit: i16, bits: &mut Bits) {
    // A broken file may name a bit that is there already.
    if bits.bit() && *coefficient & bit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { bit } else { -bit });
    }
}
