//! What cannot be done, in a sentence.

use glyxel::control::Call;
use glyxel::image::Picture;
use glyxel::tasks::embed::{self, EmbedOptions};
use glyxel::tasks::{classify, zero_shot, TaskOptions};
use glyxel::Error;

use super::checkpoints::{embedded, files, model, pictures};
use super::support::{fixtures, load};

#[test]
fn a_task_that_a_model_cannot_do_is_refused_with_those_it_can() {
    let call = Call::unwatched();
    let bert = load(&fixtures("bert").join("plain"), &[]);
    let (resnet, vit) = (model("resnet", &[]), model("vit", &[]));
    let texts = || vec!["a".to_string()];
    let (task, embed) = (TaskOptions::default(), EmbedOptions::default());
    let refusals = [
        (
            embed::images(&bert, pictures(), &embed, &call).err(),
            "embed_texts",
            "ResNet",
        ),
        (
            embed::texts(&vit, texts(), &embed, &call).err(),
            "classify_images",
            "BERT",
        ),
        (
            classify::images(&bert, pictures(), &task, &call).err(),
            "embed_texts",
            "ForImageClassification",
        ),
        (
            classify::images(&resnet, pictures(), &task, &call).err(),
            "embed_images",
            "ForImageClassification",
        ),
        (
            zero_shot::images(&vit, pictures(), texts(), &task, &call).err(),
            "classify_images",
            "CLIP",
        ),
    ];
    for (error, can, take) in refusals {
        let Some(Error::Unsupported(sentence)) = error else {
            panic!("{error:?}");
        };
        assert!(sentence.contains(can) && sentence.contains(take), "{sentence}");
    }
}

#[test]
fn a_bad_picture_is_named_and_leaves_the_others_alone() {
    let model = model("vit", &[("max_image_pixels", "3000")]);
    let with = |bad: Vec<u8>| {
        let mut all = pictures();
        all.truncate(2);
        all.insert(1, Picture::Encoded(bad));
        embed::images(&model, all, &EmbedOptions::default(), &Call::unwatched()).err()
    };
    for (bad, word) in [
        (b"no picture at all".to_vec(), "images[1]"),
        (std::fs::read(&files()[0]).unwrap()[..60].to_vec(), "PNG"),
        (std::fs::read(&files()[2]).unwrap(), "max_image_pixels"),
    ] {
        match with(bad) {
            Some(Error::InvalidArgument(s)) => assert!(s.contains("images[1]") && s.contains(word), "{s}"),
            other => panic!("{other:?}"),
        }
    }
    let good: Vec<Picture> = pictures().into_iter().take(2).collect();
    assert_eq!(embedded(&model, good, &EmbedOptions::default()).size()[0], 2);
}
