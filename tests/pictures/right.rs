//! Right files give Pillow's pixels.

use glyxel::image::{decoders, Limits};
use safetensors::SafeTensors;

use crate::support::{decode, file, files};

/// How far values may lie from Pillow's, and which share of them may differ at all. Only JPEG inside TIFF may differ, whose decoder
/// is another one: by the rounding of the transform.
fn tolerance(name: &str) -> (u8, f64) {
    match name.starts_with("jpeg") {
        false => (0, 0.),
        true => (3, 0.03),
    }
}

#[test]
fn pixels_are_pillows() {
    let bytes = file("expected.safetensors");
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let files = files();
    assert_eq!(files.len(), expected.len());
    for (name, file) in &files {
        let expected = expected.tensor(name).unwrap();
        let rgb = decode(file, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!([rgb.height as usize, rgb.width as usize, 3], expected.shape(), "{name}");
        let differences: Vec<u8> = rgb
            .pixels
            .iter()
            .zip(expected.data())
            .map(|(a, b)| a.abs_diff(*b))
            .collect();
        let worst = differences.iter().copied().max().unwrap();
        let share = differences.iter().filter(|d| **d > 0).count() as f64 / differences.len() as f64;
        let (most, many) = tolerance(name);
        assert!(
            worst <= most && share <= many,
            "{name}: {:.1} % of values differ, by up to {worst}",
            100. * share
        );
    }
}

#[test]
fn every_format_has_fixtures() {
    let files = files();
    for (name, extension) in decoders().zip(["jpg", "png", "webp", "gif", "bmp", "tiff"]) {
        let of_it = files.keys().filter(|file| file.ends_with(extension)).count();
        assert!(of_it > 8, "{name}: {of_it}");
    }
}
