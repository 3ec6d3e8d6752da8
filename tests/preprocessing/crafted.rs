//! Crafted pictures under configurations that together set every field.

use glyxel::image::{prepare, Preprocessing};
use glyxel::{Call, Error};

use crate::support::{before, cases, picture, read, Picture};

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
            let got = prepare(picture(name, *height, *width), &how, &Call::unwatched());
            if *high == 0 {
                assert!(got.is_err(), "{what}: Python refuses this");
                continue;
            }
            let pixels = got.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!((pixels.height, pixels.width), (*high, *wide), "{what}");
            assert!(how.output().is_none_or(|size| size == (*high, *wide)), "{what}");
            let values = before(&pixels, &case.scale);
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
fn a_manifest_keeps_every_number() {
    for case in cases() {
        let how = read(&case.checkpoint).unwrap();
        let text = serde_json::to_string(&how).unwrap();
        assert_eq!(serde_json::from_str::<Preprocessing>(&text).unwrap(), how, "{text}");
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
        let Ok(pixels) = prepare(picture("noise", high, wide), &how, &Call::unwatched()) else {
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
