//! Real photos (scikit-image's) against what Python makes of them (tests/python/photo_fixtures.py), from the same decoded pixels.

use std::path::{Path, PathBuf};

use glyxel::image::{prepare, Limits, Picture, Pixels, Rgb};
use glyxel::Call;
use safetensors::SafeTensors;
use serde::Deserialize;

use crate::support::{before, fixture, folder, read, Checkpoint, Scale};

#[derive(Deserialize)]
struct Case {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    #[serde(flatten)]
    scale: Scale,
    /// What the samples by torchvision are called; empty where there are none.
    torchvision: String,
    photos: Vec<Photo>,
}

/// Its name, the checksum of its pixels, the expected height, width and checksum.
#[derive(Deserialize)]
struct Photo(String, u32, u32, u32, u32);

/// The script's.
const STEP: usize = 7919;

fn photos() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/data/photos")
}

fn decoded(photo: &Photo) -> Rgb {
    let path = photos().join(format!("{}.png", photo.0));
    let file = std::fs::read(&path).unwrap_or_else(|error| {
        let path = path.display();
        panic!("{path}: {error}; `scripts/fetch photos` puts it there, and so does `make test`")
    });
    let rgb = Picture::Encoded(file)
        .into_rgb(&Limits::default(), &Call::unwatched())
        .unwrap();
    assert_eq!(
        crc32fast::hash(&rgb.pixels),
        photo.1,
        "{}: Pillow decodes it otherwise",
        photo.0
    );
    rgb
}

/// Each configuration and photo with what becomes of it.
fn each(mut with: impl FnMut(&Case, &Photo, Pixels)) {
    for case in fixture::<Case>("photos.json") {
        let how = read(&case.checkpoint).unwrap();
        for photo in &case.photos {
            with(&case, photo, prepare(decoded(photo), &how, &Call::unwatched()).unwrap());
        }
    }
}

#[test]
fn every_value_of_every_photo_is_pythons_on_pillow() {
    let mut compared = 0;
    each(|case, Photo(name, _, height, width, crc), pixels| {
        let what = format!("{:?}, {name}", case.checkpoint.config);
        assert_eq!((pixels.height, pixels.width), (*height, *width), "{what}");
        let values = before(&pixels, &case.scale);
        assert_eq!(crc32fast::hash(&values), *crc, "{what}: some value differs");
        compared += values.len();
    });
    assert!(compared > 40_000_000, "only {compared} values were compared");
}

/// The default of `transformers`, where torchvision is installed; it sums in another way than Pillow.
#[test]
fn values_are_within_two_of_pythons_on_torchvision() {
    let file = std::fs::read(folder().join("photos.safetensors")).unwrap();
    let samples = SafeTensors::deserialize(&file).unwrap();
    let (mut compared, mut equal) = (0, 0);
    each(|case, Photo(name, ..), pixels| {
        if case.torchvision.is_empty() {
            return;
        }
        let what = format!("{}/{name}", case.torchvision);
        let (expected, values) = (samples.tensor(&what).unwrap(), before(&pixels, &case.scale));
        for (i, expected) in expected.data().iter().enumerate() {
            let place = i * STEP % values.len();
            let off = values[place].abs_diff(*expected);
            assert!(
                off <= 2,
                "{what}: value {place} is {} and not {expected}",
                values[place]
            );
            equal += usize::from(off == 0);
            compared += 1;
        }
    });
    let share = equal as f64 / compared as f64;
    assert!(
        share > 0.99,
        "only {:.2} % of {compared} values are equal",
        100. * share
    );
    assert!(compared > 100_000, "only {compared} values were compared");
}
