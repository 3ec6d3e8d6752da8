//! A model's text encoder: its tokeniser, and its program behind the queues that all callers share.

use std::sync::Arc;

use super::hidden_states::HiddenStates;
use super::kept::Kept;
use super::on_device::OnDevice;
use super::text_batcher::{Gives, TextBatcher};
use crate::bundle::{ClassesManifest, Method, TextManifest};
use crate::bundle::{
    CLASSIFY_TEXT, CLASSIFY_TEXT_UNMASKED, EMBED_TEXT, EMBED_TEXT_UNMASKED, EMBED_TEXT_UNNORMALIZED, EMBED_TOKENS,
    HIDDEN_STATES,
};
use crate::engine::Queue;
use crate::error::{Error, Result};
use crate::text::Tokenizer;
use crate::torch::Program;

/// A text encoder on its device.
pub struct TextEncoder {
    tokenizer: Arc<Tokenizer>,
    manifest: TextManifest,
    /// `None`: the model makes no vector of a whole text.
    embed: Option<Arc<Queue<TextBatcher>>>,
    /// Whether a Normalize at the model's end is a part of that.
    normalizes: bool,
    embed_unnormalized: Option<Arc<Queue<TextBatcher>>>,
    /// The vectors that a model for late interaction gives tokens.
    embed_tokens: Option<Arc<Queue<TextBatcher>>>,
    hidden_states: Option<HiddenStates>,
    head: Option<TextHead>,
}

/// The part of a model that classifies.
pub struct TextHead {
    pub classes: Arc<ClassesManifest>,
    /// Gives a text's logits.
    pub queue: Arc<Queue<TextBatcher>>,
}

impl TextEncoder {
    /// Whether a method of a bundle is one that this version uses; others are ignored.
    pub fn knows(method: &str) -> bool {
        [
            EMBED_TEXT,
            EMBED_TEXT_UNMASKED,
            EMBED_TEXT_UNNORMALIZED,
            CLASSIFY_TEXT,
            CLASSIFY_TEXT_UNMASKED,
            EMBED_TOKENS,
            HIDDEN_STATES,
        ]
        .contains(&method)
    }

    pub fn new(
        program: &Arc<OnDevice<Program>>,
        kept: &Arc<Kept>,
        tokenizer: Tokenizer,
        manifest: &TextManifest,
        methods: &[Method],
    ) -> Result<Self> {
        let tokenizer = Arc::new(tokenizer);
        let find = |name: &str| methods.iter().find(|m| m.name == name).cloned();
        let required = |name: &str| {
            find(name).ok_or_else(|| {
                Error::BadModel(format!(
                    "the bundle's manifest has a text part that needs a method {name}, but there is none"
                ))
            })
        };
        let late = manifest.late_interaction.as_ref();
        // Queries and documents have limits of their own.
        let longest = late.map_or(0, |late| late.query.max_length.max(late.document.max_length));
        let batcher = |masked: Method, unmasked: Option<Method>, gives: Gives| TextBatcher {
            program: program.clone(),
            masked,
            unmasked,
            gives,
            max_length: tokenizer.settings().max_length.max(longest),
            pad_id: manifest.pad_token_id as i64,
            ragged: manifest.ragged,
        };
        let queue =
            |masked, unmasked, values| Queue::new(program.device(), batcher(masked, unmasked, Gives::Texts(values)));
        let unnormalized = find(EMBED_TEXT_UNNORMALIZED).filter(|_| manifest.dim > 0);
        let (embed, normalizes) = match (manifest.dim, find(EMBED_TEXT), &unnormalized) {
            (0, _, _) => (None, false),
            (dim, None, Some(method)) if manifest.normalizes_last => (Some(queue(method.clone(), None, dim)), false),
            (dim, _, _) => {
                let masked = required(EMBED_TEXT)?;
                (Some(queue(masked, find(EMBED_TEXT_UNMASKED), dim)), manifest.normalize)
            }
        };
        let head = match &manifest.classes {
            None => None,
            Some(classes) => Some(TextHead {
                queue: queue(
                    required(CLASSIFY_TEXT)?,
                    find(CLASSIFY_TEXT_UNMASKED),
                    classes.labels.len(),
                ),
                classes: Arc::new(classes.clone()),
            }),
        };
        let hidden_states = match manifest.layers {
            0 => None,
            _ => {
                let gives = Gives::Tokens(manifest.hidden_size);
                Some(HiddenStates::new(
                    kept.clone(),
                    batcher(required(HIDDEN_STATES)?, None, gives),
                ))
            }
        };
        let embed_tokens = match late {
            None => None,
            Some(late) => {
                let batcher = batcher(required(EMBED_TOKENS)?, None, Gives::Tokens(late.dim));
                Some(Queue::new(program.device(), batcher))
            }
        };
        let unnormalized = unnormalized.filter(|_| normalizes);
        Ok(TextEncoder {
            embed,
            normalizes,
            embed_unnormalized: unnormalized.map(|method| queue(method, None, manifest.dim)),
            embed_tokens,
            hidden_states,
            head,
            tokenizer,
            manifest: manifest.clone(),
        })
    }

    pub fn dim(&self) -> usize {
        self.manifest.dim
    }

    pub fn manifest(&self) -> &TextManifest {
        &self.manifest
    }

    pub fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    /// The vectors as the model gives them, but for a Normalize that is not [done](Self::normalizes); `None` if it has none.
    pub fn embed(&self) -> Option<&Arc<Queue<TextBatcher>>> {
        self.embed.as_ref()
    }

    /// Whether these are normalised already, if the model says that they are.
    pub fn normalizes(&self) -> bool {
        self.normalizes
    }

    /// The vectors that a model for late interaction gives tokens; `None`: it was not trained for that.
    pub fn embed_tokens(&self) -> Option<&Arc<Queue<TextBatcher>>> {
        self.embed_tokens.as_ref()
    }

    /// What layers give, if the bundle says.
    pub fn hidden_states(&self) -> Option<&HiddenStates> {
        self.hidden_states.as_ref()
    }

    /// What classifies texts, if the model has it.
    pub fn head(&self) -> Option<&TextHead> {
        self.head.as_ref()
    }

    /// The vectors before a Normalize at the model's end; `None` if it has none.
    pub fn embed_unnormalized(&self) -> Result<Option<&Arc<Queue<TextBatcher>>>> {
        match &self.embed_unnormalized {
            Some(queue) => Ok(Some(queue)),
            None if !self.normalizes => Ok(self.embed()),
            None => Err(Error::Unsupported(format!(
                "this bundle always normalises: it has no method {EMBED_TEXT_UNNORMALIZED}; convert it from its checkpoint"
            ))),
        }
    }
}
