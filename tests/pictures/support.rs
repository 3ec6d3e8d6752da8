//! The fixtures, and changing them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use glyxel::control::Call;
use glyxel::error::Error;
use glyxel::image::{Limits, Picture, Rgb};

pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures")
}

pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).unwrap()
}

/// Every fixture but the expected results, by name.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let names = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !name.ends_with(".safetensors"))
        .map(|name| (name.clone(), file(&name)))
        .collect()
}

pub fn decode(file: &[u8], limits: &Limits) -> Result<Rgb, Error> {
    Picture::Encoded(file.to_vec()).into_rgb(limits, &Call::unwatched())
}

pub const MEGAPIXEL: Limits = Limits { pixels: 1 << 20 };

/// The sentence with which a file is refused.
pub fn refusal(file: &[u8]) -> String {
    match decode(file, &Limits::default()) {
        Err(Error::InvalidArgument(sentence)) => sentence,
        Err(other) => panic!("another kind: {other:?}"),
        Ok(rgb) => panic!("accepted as {} × {}", rgb.width, rgb.height),
    }
}

#[track_caller]
pub fn refused(file: &[u8], words: &[&str]) {
    let sentence = refusal(file);
    for word in words {
        assert!(sentence.contains(word), "{sentence:?} does not say {word:?}");
    }
}

/// A WebP of these chunks, all of even length.
pub fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let chunks: Vec<_> = chunks
        .iter()
        .flat_map(|(name, data)| [&name[..], &(data.len() as u32).to_le_bytes(), data].concat())
        .collect();
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunks].concat()
}

/// A PNG's checksums, made right, so that what a change means is looked at.
pub fn repair(file: &mut [u8]) {
    let mut at = 8;
    while file.starts_with(b"\x89PNG") && at + 12 <= file.len() {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let Some(end) = at.checked_add(8 + length).filter(|end| end + 4 <= file.len()) else {
            return;
        };
        let checksum = crc32fast::hash(&file[at + 4..end]).to_be_bytes();
        file[end..end + 4].copy_from_slice(&checksum);
        at = end + 4;
    }
}
