//! What is done to pictures, against what Python does (tests/python/preprocessing_fixtures.py): the same pixels, and the same refusals.

use std::path::Path;

use glyxel::image::{prepare, preprocessing_of, Pixels, Preprocessing, Rgb};
use glyxel::{Error, Result};
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Checkpoint {
    config: Map<String, Value>,
    files: Map<String, Value>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    image_size: Option<(u32, u32)>,
    black: [f64; 3],
    white: [f64; 3],
    pictures: Vec<Picture>,
}

#[derive(Deserialize)]
struct Picture(String, u32, u32, u32, u32, u32, Vec<u8>);

#[derive(Deserialize)]
struct Refused {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    word: String,
}

fn fixture<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/preprocessing")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn cases() -> Vec<Case> {
    [fixture("transformers.json"), fixture("timm.json")]
        .into_iter()
        .flatten()
        .collect()
}

fn read(checkpoint: &Checkpoint) -> Result<Preprocessing> {
    preprocessing_of(&checkpoint.config, &|name| {
        let file = checkpoint.files.get(name);
        Ok(file.map(|fields| serde_json::to_vec(fields).unwrap()))
    })
}

/// As the script makes them.
fn picture(name: &str, height: u32, width: u32) -> Rgb {
    let noise = |i: u32| {
        let x = (i ^ (i >> 16)).wrapping_mul(0x7feb352d);
        let x = (x ^ (x >> 15)).wrapping_mul(0x846ca68b);
        ((x ^ (x >> 16)) >> 24) as u8
    };
    let gradient = |i: u32| {
        let (x, y) = (i / 3 % width, i / 3 / width);
        match i % 3 {
            0 => x as u8,
            1 => (x + y) as u8,
            _ if x > y => 255,
            _ => (y / 3) as u8,
        }
    };
    let bytes = 0..height * width * 3;
    let pixels = match name {
        "noise" => bytes.map(noise).collect(),
        "gradient" => bytes.map(gradient).collect(),
        _ => panic!("{name}"),
    };
    Rgb { width, height, pixels }
}

/// The values before they were normalised, by what 0 and 255 become.
fn before(pixels: &Pixels, case: &Case) -> Vec<u8> {
    let value = |(i, value): (usize, &f32)| {
        let (black, white) = (case.black[i % 3], case.white[i % 3]);
        let before = (f64::from(*value) - black) / (white - black) * 255.;
        assert!(
            (before - before.round()).abs() < 0.01,
            "{before} is no value of a picture"
        );
        before.round() as u8
    };
    pixels.values.iter().enumerate().map(value).collect()
}

#[test]
fn every_value_is_pythons() {
    let mut compared = 0;
    for case in cases() {
        let what = serde_json::to_string(&(&case.checkpoint.config, &case.checkpoint.files, case.image_size)).unwrap();
        let mut how = read(&case.checkpoint).unwrap_or_else(|error| panic!("{what}: {error}"));
        if let Some((height, width)) = case.image_size {
            how = how
                .sized(height, width)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(how.output(), case.image_size, "{what}");
        }
        for Picture(name, height, width, high, wide, crc, some) in &case.pictures {
            let what = format!("{what}, {name} {height}×{width}");
            let got = prepare(picture(name, *height, *width), &how);
            if *high == 0 {
                assert!(got.is_err(), "{what}: Python refuses this");
                continue;
            }
            let pixels = got.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!((pixels.height, pixels.width), (*high, *wide), "{what}");
            assert!(how.output().is_none_or(|size| size == (*high, *wide)), "{what}");
            let values = before(&pixels, &case);
            assert_eq!(values.len(), (high * wide * 3) as usize, "{what}");
            let sampled: Vec<u8> = values.iter().step_by(997).copied().collect();
            assert_eq!(&sampled, some, "{what}: every 997th value");
            assert_eq!(
                crc32fast::hash(&values),
                *crc,
                "{what}: a value between those compared differs"
            );
            compared += values.len();
        }
    }
    assert!(compared > 50_000_000, "only {compared} values were compared");
}

#[test]
fn what_is_not_implemented_is_refused_by_name() {
    for case in fixture::<Refused>("refused.json") {
        let what = serde_json::to_string(&(&case.checkpoint.config, &case.checkpoint.files)).unwrap();
        match read(&case.checkpoint) {
            Ok(how) => panic!("{what} should be refused, not {how:?}"),
            Err(error) => assert!(
                error.to_string().contains(&case.word),
                "{what}: {error:?} does not say {:?}",
                case.word
            ),
        }
    }
}

#[test]
fn a_checkpoint_without_a_processor_is_told_what_to_do() {
    let config = Map::from_iter([("model_type".to_string(), "vit".into())]);
    let error = preprocessing_of(&config, &|_| Ok(None)).unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    let broken = preprocessing_of(&config, &|_| Ok(Some(b"[1]".to_vec()))).unwrap_err();
    assert!(matches!(broken, Error::BadModel(_)), "{broken:?}");
}

#[test]
fn a_manifest_keeps_every_number() {
    for case in cases() {
        let how = read(&case.checkpoint).unwrap();
        let text = serde_json::to_string(&how).unwrap();
        assert_eq!(serde_json::from_str::<Preprocessing>(&text).unwrap(), how, "{text}");
    }
}

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    let read = |text: &str| serde_json::from_str::<Preprocessing>(text).unwrap();
    let manifest = |resize: &str, crop: &str, rescale: f64, std: f64| {
        read(&format!(
            r#"{{"resize":{resize},"crop":{crop},"rescale":{rescale:e},"mean":[0,0,0],"std":[1,{std:e},1]}}"#
        ))
    };
    let resize = |to: &str| format!(r#"{{"to":{to},"filter":"bicubic"}}"#);
    let crop = |height: u32, width: u32, share: f64| {
        format!(r#"{{"height":{height},"width":{width},"centring":"transformers","fill":[0,0,0],"share":{share:e}}}"#)
    };
    let good = resize(r#"{"shortest":{"edge":10}}"#);
    manifest(&good, &crop(5, 5, 0.5), 1., 1.).check().unwrap();
    for bad in [
        manifest(&resize(r#"{"shortest":{"edge":0}}"#), "null", 1., 1.),
        manifest(&resize(r#"{"exact":{"height":5,"width":4000000000}}"#), "null", 1., 1.),
        manifest(&good, &crop(0, 5, 1.), 1., 1.),
        manifest(&good, &crop(5, 5000, 1.), 1., 1.),
        manifest(&good, &crop(5, 5, 0.), 1., 1.),
        manifest(&good, &crop(5, 5, -1.), 1., 1.),
        manifest(&good, "null", 1e200, 1.),
        manifest(&good, "null", 1., 0.),
        manifest(&good, "null", 1., 1e-200),
    ] {
        assert!(matches!(bad.check(), Err(Error::BadModel(_))), "{bad:?} passes");
        assert!(prepare(picture("noise", 7, 9), &bad).is_err(), "{bad:?} is done");
    }
    let mut nan = manifest(&good, "null", 1., 1.);
    nan.std[2] = f64::NAN;
    assert!(nan.check().is_err());
}

#[test]
fn other_sizes_are_checked() {
    let how = read(&cases()[0].checkpoint).unwrap();
    for (height, width) in [(0, 224), (224, 0), (224, u32::MAX)] {
        let error = how.sized(height, width).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    }
}

#[test]
fn pixels_that_are_not_what_their_size_says_are_refused() {
    let how = read(&cases()[0].checkpoint).unwrap();
    for (width, height, bytes) in [(0, 0, 0), (3, 0, 0), (2, 2, 11), (2, 2, 13), (u32::MAX, u32::MAX, 12)] {
        let picture = Rgb {
            width,
            height,
            pixels: vec![0; bytes],
        };
        assert!(
            matches!(prepare(picture, &how), Err(Error::InvalidArgument(_))),
            "{width}×{height}"
        );
    }
}

/// Any picture under any manifest gives pixels of the size it promises, or a sentence.
#[test]
fn nothing_panics() {
    let mut state = 1u64;
    let mut random = move |below: u32| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((state >> 33) % u64::from(below)) as u32
    };
    let mut done = 0;
    for _ in 0..2000 {
        let mut side = |most: u32| match random(4) {
            0 => 1 + random(3),
            1 => most,
            _ => 1 + random(most),
        };
        let (a, b, height, width) = (side(150), side(150), side(150), side(150));
        let (high, wide) = match side(5) {
            1 => (side(20_000), 1),
            2 => (1, side(20_000)),
            _ => (side(200), side(200)),
        };
        let to = [
            format!(r#"{{"exact":{{"height":{a},"width":{b}}}}}"#),
            format!(r#"{{"shortest":{{"edge":{a}}}}}"#),
            format!(r#"{{"shortest_within":{{"edge":{a},"longest":{b}}}}}"#),
            format!(r#"{{"within":{{"height":{a},"width":{b}}}}}"#),
            format!(r#"{{"cover":{{"height":{a},"width":{b}}}}}"#),
            format!(r#"{{"contain":{{"height":{a},"width":{b}}}}}"#),
        ];
        let filter = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"][random(6) as usize];
        let resize = format!(r#"{{"to":{},"filter":"{filter}"}}"#, to[random(6) as usize]);
        let centring = ["transformers", "torchvision"][random(2) as usize];
        let crop =
            format!(r#"{{"height":{height},"width":{width},"centring":"{centring}","fill":[1,2,3],"share":null}}"#);
        let parts = [resize, crop].map(|part| if random(5) == 0 { "null".to_string() } else { part });
        let text = format!(
            r#"{{"resize":{},"crop":{},"rescale":0.1,"mean":[0,1,2],"std":[1,2,3]}}"#,
            parts[0], parts[1]
        );
        let how: Preprocessing = serde_json::from_str(&text).unwrap();
        let Ok(pixels) = prepare(picture("noise", high, wide), &how) else {
            continue;
        };
        assert_eq!(
            pixels.values.len(),
            (pixels.height * pixels.width * 3) as usize,
            "{text}, {high}×{wide}"
        );
        assert!(
            how.output().is_none_or(|size| size == (pixels.height, pixels.width)),
            "{text}, {high}×{wide}"
        );
        match how.sized(100, 90) {
            Ok(sized) => assert_eq!(sized.output(), Some((100, 90)), "{text}"),
            Err(error) => assert!(matches!(error, Error::InvalidArgument(_)), "{text}: {error:?}"),
        }
        done += 1;
    }
    assert!(done > 1500, "only {done} pictures could be prepared");
}
