//! What models are for: which of it one can do, by its manifest, and which kind of model can.

use crate::bundle::{Manifest, TextManifest};

/// What a model may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    EmbedTexts,
    EmbedTokens,
    ClassifyTexts,
    ScorePairs,
    ZeroShotTexts,
    EmbedImages,
    ClassifyImages,
    ZeroShotImages,
}

impl Task {
    const ALL: [Task; 8] = [
        Task::EmbedTexts,
        Task::EmbedTokens,
        Task::ClassifyTexts,
        Task::ScorePairs,
        Task::ZeroShotTexts,
        Task::EmbedImages,
        Task::ClassifyImages,
        Task::ZeroShotImages,
    ];

    /// The C function's, without its prefix.
    pub fn name(self) -> &'static str {
        match self {
            Task::EmbedTexts => "embed_texts",
            Task::EmbedTokens => "embed_tokens",
            Task::ClassifyTexts => "classify_texts",
            Task::ScorePairs => "score_pairs",
            Task::ZeroShotTexts => "zero_shot_texts",
            Task::EmbedImages => "embed_images",
            Task::ClassifyImages => "classify_images",
            Task::ZeroShotImages => "zero_shot_images",
        }
    }

    /// The kind of model to take for it.
    pub fn kind(self) -> &'static str {
        match self {
            Task::EmbedTexts => "a text encoder (BERT, RoBERTa, MPNet …), or CLIP or SigLIP",
            Task::EmbedTokens => "a text encoder (BERT, RoBERTa, MPNet …), or a ColBERT",
            Task::ClassifyTexts => {
                "a checkpoint with a head for whole texts (transformers: …ForSequenceClassification)"
            }
            Task::ScorePairs => "a cross-encoder, whose head has one logit",
            Task::ZeroShotTexts => "a model trained on inference (NLI), one of whose labels begins with \"entail\"",
            Task::EmbedImages => "an image encoder (ResNet, ViT, EfficientNet …), or CLIP or SigLIP",
            Task::ClassifyImages => {
                "a checkpoint with a head for classes of pictures (transformers: …ForImageClassification), or zero_shot_images with CLIP or SigLIP"
            }
            Task::ZeroShotImages => "a model that brings texts and pictures into one space: CLIP or SigLIP",
        }
    }

    /// Those that a model can do.
    pub fn of(manifest: &Manifest) -> impl Iterator<Item = Task> + '_ {
        Self::ALL.into_iter().filter(|task| task.is_for(manifest))
    }

    pub fn is_for(self, manifest: &Manifest) -> bool {
        let text = |can: fn(&TextManifest) -> bool| manifest.text.as_ref().is_some_and(can);
        let classes = || manifest.image.as_ref()?.classes.as_ref();
        match self {
            Task::EmbedTexts => text(|text| text.dim > 0),
            Task::EmbedTokens => text(|text| text.layers > 0 || text.late_interaction.is_some()),
            Task::ClassifyTexts => text(|text| text.classes.is_some()),
            Task::ScorePairs => text(|text| text.score.is_some()),
            Task::ZeroShotTexts => text(|text| text.entailment.is_some()),
            Task::EmbedImages => manifest.image.is_some(),
            Task::ClassifyImages => classes().is_some(),
            Task::ZeroShotImages => manifest.zero_shot.is_some(),
        }
    }
}
