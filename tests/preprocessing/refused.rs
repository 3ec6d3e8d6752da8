//! What cannot be done is refused, with a sentence.

use glyxel::image::{prepare, preprocessing_of, Preprocessing, Rgb};
use glyxel::{Call, Error};
use serde::Deserialize;
use serde_json::Map;

use crate::support::{cases, fixture, picture, read, Checkpoint};

#[derive(Deserialize)]
struct Refused {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    word: String,
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
        assert!(
            prepare(picture("noise", 7, 9), &bad, &Call::unwatched()).is_err(),
            "{bad:?} is done"
        );
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
    // What is cut off beforehand has to fit, too.
    let deit = Checkpoint {
        config: Map::from_iter([("model_type".to_string(), "deit".into())]),
        files: Map::from_iter([(
            "preprocessor_config.json".to_string(),
            serde_json::json!({"size": 256, "crop_size": 224}),
        )]),
    };
    let how = read(&deit).unwrap();
    assert_eq!(how.sized(3584, 3584).unwrap().output(), Some((3584, 3584)));
    let error = how.sized(4096, 4096).unwrap_err();
    assert!(
        matches!(&error, Error::InvalidArgument(why) if why.contains("4681") && why.contains("4096×4096")),
        "{error:?}"
    );
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
            matches!(
                prepare(picture, &how, &Call::unwatched()),
                Err(Error::InvalidArgument(_))
            ),
            "{width}×{height}"
        );
    }
}
