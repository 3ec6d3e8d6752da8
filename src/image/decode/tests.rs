//! Decoding that nobody wants any more: a call that ends at a look, however many came before it, ends the decoding there.

use std::path::Path;
use std::sync::atomic::Ordering;

use ::image::codecs::bmp::BmpEncoder;
use ::image::codecs::webp::WebPEncoder;
use ::image::ExtendedColorType;
use ::tiff::encoder::{colortype, Compression, TiffEncoder};

use super::*;

const SIDE: u32 = 160;

/// How often the call was looked at, which ends after `end` looks, and what became of the picture.
fn decode_until(file: &[u8], end: usize) -> (usize, Result<Rgb>) {
    let (call, looks) = Call::counted(end);
    let decoded = decode(file, &Limits::default(), &call);
    (looks.load(Ordering::SeqCst), decoded)
}

/// Noise, which no format makes small.
fn noise(channels: u32) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..SIDE * SIDE * channels).map(|_| next()).collect()
}

/// A large file of each format that something here can write.
fn large() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = noise(3);
    let mut png = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut png, SIDE, SIDE);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&rgb).unwrap();
    let mut gif = Vec::new();
    let palette: Vec<u8> = (0..=255).flat_map(|i| [i; 3]).collect();
    let frame = ::gif::Frame::from_indexed_pixels(SIDE as u16, SIDE as u16, noise(1), None);
    let mut encoder = ::gif::Encoder::new(&mut gif, SIDE as u16, SIDE as u16, &palette).unwrap();
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    let (mut bmp, mut webp, mut tiff) = (Vec::new(), Vec::new(), std::io::Cursor::new(Vec::new()));
    let kind = ExtendedColorType::Rgb8;
    BmpEncoder::new(&mut bmp).encode(&rgb, SIDE, SIDE, kind).unwrap();
    let lossless = WebPEncoder::new_lossless(&mut webp);
    lossless.encode(&rgb, SIDE, SIDE, kind).unwrap();
    let encoder = TiffEncoder::new(&mut tiff).unwrap();
    let mut encoder = encoder.with_compression(Compression::Lzw);
    encoder.write_image::<colortype::RGB8>(SIDE, SIDE, &rgb).unwrap();
    vec![
        (png::NAME, png),
        (gif::NAME, gif),
        (bmp::NAME, bmp),
        (webp::NAME, webp),
        (tiff::NAME, tiff.into_inner()),
    ]
}

#[test]
fn decoders_stop_in_the_middle() {
    for (name, file) in large() {
        let (looks, decoded) = decode_until(&file, usize::MAX);
        decoded.unwrap();
        assert!(looks > 4, "{name}: {looks}");
        for end in [0, 1, looks / 2, looks - 1] {
            let (looks, decoded) = decode_until(&file, end);
            assert!(
                matches!(decoded, Err(Error::Cancelled(_))),
                "{name}, {end}: {decoded:?}"
            );
            // One look ends it, one more asks why it ended.
            assert!(
                looks <= end + 2,
                "{name}: {looks} looks, of which the call ended after {end}"
            );
        }
    }
}

/// All fixtures, after each look that they get: JPEGs, of one scan and of many, among them.
#[test]
fn every_file_stops_at_every_look() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures");
    let mut most_of_a_jpeg = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            continue;
        }
        let (looks, decoded) = decode_until(&file, usize::MAX);
        decoded.unwrap();
        if file.starts_with(b"\xFF\xD8") {
            most_of_a_jpeg = most_of_a_jpeg.max(looks);
        }
        for end in 0..looks {
            let decoded = decode_until(&file, end).1;
            assert!(
                matches!(decoded, Err(Error::Cancelled(_))),
                "{}, {end}: {decoded:?}",
                path.display()
            );
        }
    }
    assert!(most_of_a_jpeg > 4, "{most_of_a_jpeg}");
}
