//! Pictures → vectors.

use glyxel::control::Call;
use glyxel::image::{Format, Picture, Raw};
use glyxel::tasks::embed::{self, EmbedOptions, Normalize};
use glyxel::Error;

use super::checkpoints::{embedded, model, near, pictures, plain};
use super::support::{difference, worst_cosine};

#[test]
fn embeddings_are_equal() {
    for name in ["vit", "resnet", "convnext", "clip", "siglip"] {
        near(&plain(&model(name, &[])), name, "embeddings");
    }
}

#[test]
fn bf16_points_the_same_way() {
    for name in ["vit", "resnet", "convnext", "clip", "siglip"] {
        let (f32, bf16) = (plain(&model(name, &[])), plain(&model(name, &[("precision", "bf16")])));
        let cosine = worst_cosine(&f32, &bf16);
        assert!(cosine >= 0.999, "{name}: {cosine}");
    }
}

#[test]
fn alone_or_together_a_picture_has_the_same_vector() {
    for name in ["vit", "resnet", "convnext", "clip", "siglip"] {
        let model = model(name, &[]);
        let together = plain(&model);
        for (i, picture) in pictures().into_iter().enumerate() {
            let alone = embedded(&model, vec![picture], &EmbedOptions::default());
            let far = difference(&alone, &together.narrow(0, i as i64, 1));
            assert!(far < 1e-5, "{name}: {far:e}");
        }
        // More than one batch holds.
        let many: Vec<Picture> = (0..70).flat_map(|_| pictures().into_iter().take(1)).collect();
        let many = embedded(&model, many, &EmbedOptions::default());
        assert!(
            difference(&many, &together.narrow(0, 0, 1).expand_as(&many)) < 1e-5,
            "{name}"
        );
    }
}

#[test]
fn raw_pixels_are_the_same_picture() {
    let model = model("vit", &[]);
    let expected = plain(&model).narrow(0, 0, 1);
    let (width, height) = (32usize, 32usize);
    let decoded = pictures()
        .remove(0)
        .into_rgb(&glyxel::image::Limits::default(), &glyxel::control::Call::unwatched())
        .unwrap();
    assert_eq!((decoded.width, decoded.height), (32, 32));
    type Store = fn(&[u8]) -> Vec<u8>;
    let layouts: [(Format, Store); 3] = [
        (Format::Rgb, |p| p.to_vec()),
        (Format::Rgba, |p| vec![p[0], p[1], p[2], 9]),
        (Format::Bgra, |p| vec![p[2], p[1], p[0], 200]),
    ];
    for (format, pixel) in layouts {
        for (gap, bottom_up) in [(0, false), (5, false), (3, true)] {
            let mut lines: Vec<Vec<u8>> = decoded
                .pixels
                .chunks(width * 3)
                .map(|line| line.chunks(3).flat_map(pixel).collect())
                .collect();
            if bottom_up {
                lines.reverse();
            }
            let row_stride = lines[0].len() + gap;
            let mut data: Vec<u8> = lines
                .iter()
                .flat_map(|line| line.iter().copied().chain(vec![77; gap]))
                .collect();
            // The last row needs no gap behind it.
            data.truncate(row_stride * (height - 1) + lines[0].len());
            let raw = Raw {
                format,
                width: width as u32,
                height: height as u32,
                row_stride: if gap == 0 { 0 } else { row_stride },
                bottom_up,
                data,
            };
            let got = embedded(&model, vec![Picture::Raw(raw)], &EmbedOptions::default());
            assert!(difference(&got, &expected) < 1e-6, "{format:?} {gap} {bottom_up}");
        }
    }
}

#[test]
fn vectors_are_normalised_and_cut_if_that_is_asked() {
    let model = model("clip", &[]);
    let whole = plain(&model);
    let unit = EmbedOptions {
        normalize: Normalize::Yes,
        dim: 7,
        prompt: String::new(),
    };
    let cut = whole.narrow(1, 0, 7);
    let expected = &cut / cut.norm_scalaropt_dim(2., [-1], true);
    assert!(difference(&embedded(&model, pictures(), &unit), &expected) < 1e-6);
    let prompted = EmbedOptions {
        prompt: "query: ".into(),
        ..Default::default()
    };
    let refused = embed::images(&model, pictures(), &prompted, &Call::unwatched());
    assert!(matches!(refused, Err(Error::InvalidArgument(s)) if s.contains("prompt")));
}
