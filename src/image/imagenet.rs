//! The names of ImageNet-1k's classes, for heads of 1,000 classes whose checkpoint names none.
//!
//! They are facts; this wording is OpenAI's, published with CLIP (MIT licence), as the package open-clip-torch 3.3.0 carries
//! it (`open_clip/zero_shot_metadata.py`, MIT licence). Two names stand twice, for the dataset itself has such pairs.

use std::sync::LazyLock;

static LABELS: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("imagenet.txt").lines().collect());

/// One name for each class, in the order of the classes' numbers.
pub fn labels() -> &'static [&'static str] {
    &LABELS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_imagenet() {
        let labels = labels();
        assert_eq!(labels.len(), 1000);
        assert!(labels.iter().all(|name| !name.is_empty() && *name == name.trim()));
        for (index, name) in [
            (0, "tench"),
            (281, "tabby cat"),
            (283, "Persian cat"),
            (284, "Siamese cat"),
            (999, "toilet paper"),
        ] {
            assert_eq!(labels.get(index), Some(&name));
        }
    }
}
