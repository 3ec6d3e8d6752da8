//! A model's text encoder: its tokeniser, and its program behind the queues that all callers share.

use std::sync::Arc;

use tch::Tensor;

use super::on_device::OnDevice;
use super::rows::read_rows;
use crate::bundle::{ClassesManifest, Method, TextManifest};
use crate::bundle::{CLASSIFY_TEXT, CLASSIFY_TEXT_UNMASKED, EMBED_TEXT, EMBED_TEXT_UNMASKED, EMBED_TEXT_UNNORMALIZED};
use crate::engine::{Batcher, Queue, Shapes};
use crate::error::{Error, Result};
use crate::text::{Tokenizer, Tokens};
use crate::torch::{self, Device, Program, Value};

/// A text encoder on its device.
pub struct TextEncoder {
    tokenizer: Arc<Tokenizer>,
    manifest: TextManifest,
    /// `None`: the model only classifies.
    embed: Option<Arc<Queue<TextBatcher>>>,
    embed_unnormalized: Option<Arc<Queue<TextBatcher>>>,
    head: Option<TextHead>,
}

/// The part of a model that classifies.
pub struct TextHead {
    pub classes: Arc<ClassesManifest>,
    /// Gives a text's logits.
    pub queue: Arc<Queue<TextBatcher>>,
}

/// A tokenised text.
pub struct TextItem {
    pub tokens: Tokens,
    /// How many of its first tokens are the prompt's, for models whose pooling leaves them out.
    pub prompt_length: usize,
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
        ]
        .contains(&method)
    }

    pub fn new(
        program: &Arc<OnDevice<Program>>,
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
        let queue = |masked: Method, unmasked: Option<Method>, values: usize| -> Result<_> {
            let mut any_shape = program.device() == Device::Cpu;
            for method in [Some(&masked), unmasked.as_ref()].into_iter().flatten() {
                any_shape &= program.get()?.takes_any_shape(&method.name)?;
            }
            Ok(Queue::new(
                program.device(),
                TextBatcher {
                    program: program.clone(),
                    shapes: if any_shape { Shapes::Any } else { Shapes::Few },
                    masked,
                    unmasked,
                    values,
                    max_length: tokenizer.settings().max_length,
                    pad_id: manifest.pad_token_id as i64,
                },
            ))
        };
        let embed = match manifest.dim {
            0 => None,
            dim => Some(queue(required(EMBED_TEXT)?, find(EMBED_TEXT_UNMASKED), dim)?),
        };
        let head = match &manifest.classes {
            None => None,
            Some(classes) => Some(TextHead {
                queue: queue(
                    required(CLASSIFY_TEXT)?,
                    find(CLASSIFY_TEXT_UNMASKED),
                    classes.labels.len(),
                )?,
                classes: Arc::new(classes.clone()),
            }),
        };
        let unnormalized = find(EMBED_TEXT_UNNORMALIZED).filter(|_| embed.is_some());
        Ok(TextEncoder {
            embed,
            embed_unnormalized: unnormalized
                .map(|method| queue(method, None, manifest.dim))
                .transpose()?,
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

    /// The vectors as the model gives them; `None` if it has none.
    pub fn embed(&self) -> Option<&Arc<Queue<TextBatcher>>> {
        self.embed.as_ref()
    }

    /// What classifies texts, if the model has it.
    pub fn head(&self) -> Option<&TextHead> {
        self.head.as_ref()
    }

    /// The vectors before a Normalize at the model's end; `None` if it has none.
    pub fn embed_unnormalized(&self) -> Result<Option<&Arc<Queue<TextBatcher>>>> {
        match &self.embed_unnormalized {
            Some(queue) => Ok(Some(queue)),
            None if !self.manifest.normalize => Ok(self.embed()),
            None => Err(Error::Unsupported(format!(
                "this bundle always normalises: it has no method {EMBED_TEXT_UNNORMALIZED}; convert it from its checkpoint"
            ))),
        }
    }
}

/// Runs batches of tokenised texts through one method.
pub struct TextBatcher {
    program: Arc<OnDevice<Program>>,
    masked: Method,
    unmasked: Option<Method>,
    shapes: Shapes,
    /// In a row of the result.
    values: usize,
    max_length: usize,
    pad_id: i64,
}

impl Batcher for TextBatcher {
    type Item = TextItem;
    type Row = Vec<f32>;

    fn length(&self, item: &TextItem) -> usize {
        item.tokens.ids.len().max(1)
    }

    fn max_length(&self) -> usize {
        self.max_length
    }

    fn budget(&self) -> usize {
        match self.program.device() {
            // Activations of about this many tokens stay in the caches of a few cores.
            Device::Cpu => 2048,
            Device::Cuda(_) => 16384,
        }
    }

    fn shapes(&self) -> Shapes {
        self.shapes
    }

    fn run(&self, items: &[&TextItem], rows: usize, length: usize) -> Result<Vec<Vec<f32>>> {
        let full = items.len() == rows && items.iter().all(|item| item.tokens.ids.len() == length);
        let method = self.unmasked.as_ref().filter(|_| full).unwrap_or(&self.masked);
        let inputs = method
            .inputs
            .iter()
            .map(|name| self.input(name, items, rows, length))
            .collect::<Result<Vec<_>>>()?;
        let output = self.program.get()?.run_one(&method.name, &inputs)?;
        read_rows(&method.name, &output, items.len(), rows, self.values)
    }
}

impl TextBatcher {
    /// One of the method's inputs, (rows, length). Rows without a text get one token, so that no softmax is empty.
    fn input(&self, name: &str, items: &[&TextItem], rows: usize, length: usize) -> Result<Value> {
        let one = |ids: &[u32], at: usize, padding: i64| ids.get(at).map_or(padding, |id| i64::from(*id));
        let mut values: Vec<i64> = Vec::with_capacity(rows * length);
        for row in 0..rows {
            let item = items.get(row);
            let tokens = |at: usize| item.map_or(at == 0, |item| at < item.tokens.ids.len().max(1));
            match name {
                "ids" => values
                    .extend((0..length).map(|at| item.map_or(self.pad_id, |i| one(&i.tokens.ids, at, self.pad_id)))),
                "type_ids" => values.extend((0..length).map(|at| item.map_or(0, |i| one(&i.tokens.type_ids, at, 0)))),
                "mask" => values.extend((0..length).map(|at| i64::from(tokens(at)))),
                "pool_mask" => {
                    let skipped = item.map_or(0, |item| item.prompt_length);
                    values.extend((0..length).map(|at| i64::from(tokens(at) && at >= skipped)));
                }
                _ => {
                    return Err(Error::BadModel(format!(
                        "the model's method wants an input {name:?}, which is not known"
                    )));
                }
            }
        }
        let tensor = Tensor::f_from_slice(&values)
            .and_then(|t| t.f_view([rows as i64, length as i64]))
            .and_then(|t| t.f_to_device(self.program.device().tch()))
            .map_err(|e| torch::error(&format!("making the input {name}"), &e.to_string()))?;
        Ok(tensor.into())
    }
}
