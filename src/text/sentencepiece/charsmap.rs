//! The rules by which a SentencePiece model normalizes texts, in the form that the tokenizers crate runs.

use super::bad;
use crate::error::Result;

/// The map as a `tokenizer.json` has it, in base64; `None` if there is none.
///
/// The map is the size of a trie in bytes, the trie, and the texts that it leads to. The crate reserves memory for the
/// size that is stated, so what cannot be true is refused here.
pub fn checked(charsmap: &[u8]) -> Result<Option<String>> {
    if charsmap.is_empty() {
        return Ok(None);
    }
    let fits = charsmap.split_first_chunk().is_some_and(|(size, rest)| {
        let size = u32::from_le_bytes(*size);
        size > 0 && size % 4 == 0 && u64::from(size) <= rest.len() as u64
    });
    if !fits {
        return Err(bad("its precompiled_charsmap is damaged"));
    }
    Ok(Some(base64(charsmap)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(*three.get(i).unwrap_or(&0)));
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            let filled = digit <= three.len();
            text.push(if filled {
                char::from(DIGITS[value as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xff, 0xef, 0xbe, 0]), "/+++AA==");
    }

    #[test]
    fn a_size_that_cannot_be_true_is_refused() {
        let of = |size: u32, rest: usize| checked(&[&size.to_le_bytes()[..], &vec![0; rest]].concat());
        assert!(of(8, 8).unwrap().is_some() && of(8, 9).unwrap().is_some());
        assert!(checked(&[]).unwrap().is_none());
        for (size, rest) in [(8, 7), (u32::MAX, 8), (0, 4), (6, 8)] {
            assert!(of(size, rest).is_err(), "{size} {rest}");
        }
        assert!(checked(&[1, 0, 0]).is_err());
    }
}
