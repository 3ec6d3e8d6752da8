//! Batches of tokenised texts, and the methods that they are run through.

use std::sync::Arc;

use tch::Tensor;

use super::on_device::OnDevice;
use super::rows::{read_rows, read_tokens};
use crate::bundle::Method;
use crate::engine::{Batcher, Shapes};
use crate::error::{Error, Result};
use crate::text::Tokens;
use crate::torch::{self, Device, Padding, Program, Value};

/// A tokenised text.
pub struct TextItem {
    pub tokens: Tokens,
    /// How many of its first tokens are the prompt's, for models whose pooling leaves them out.
    pub prompt_length: usize,
    /// How many of its first tokens are attended to: all but what a query is filled up with.
    pub attended: usize,
}

impl TextItem {
    /// A text without a prompt, all of it attended to.
    pub fn new(tokens: Tokens) -> Self {
        TextItem {
            attended: tokens.ids.len(),
            prompt_length: 0,
            tokens,
        }
    }
}

/// What a method gives, with so many values each.
#[derive(Debug, Clone, Copy)]
pub enum Gives {
    /// A vector for each text.
    Texts(usize),
    /// A vector for each token: a text's row has those of its own tokens, one after the other.
    Tokens(usize),
}

/// Runs batches of tokenised texts through one method.
#[derive(Clone)]
pub struct TextBatcher {
    pub program: Arc<OnDevice<Program>>,
    pub masked: Method,
    pub unmasked: Option<Method>,
    pub gives: Gives,
    pub max_length: usize,
    pub pad_id: i64,
    /// Whether padding need not be computed, see the manifest.
    pub ragged: bool,
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
            // Activations of about this many tokens stay in the caches of a few cores. Kernels of our own do as well with half as many, which is half the
            // memory, and half as long for whom a batch keeps waiting.
            Device::Cpu if self.shapes() != Shapes::Few => 1024,
            Device::Cpu => 2048,
            Device::Cuda(_) => 16384,
        }
    }

    fn overhead(&self) -> usize {
        match self.shapes() {
            // One text of 16 tokens takes as long as 22 to 26 tokens of a large batch.
            Shapes::Any | Shapes::Ragged => 8,
            // And oneDNN prepares its kernels.
            Shapes::Few => 32,
        }
    }

    fn shapes(&self) -> Shapes {
        let methods = [Some(&self.masked), self.unmasked.as_ref()];
        let any = |program: &Program| {
            methods
                .into_iter()
                .flatten()
                .all(|method| program.takes_any_shape(&method.name))
        };
        match self.program.get().is_ok_and(any) {
            true if self.ragged => Shapes::Ragged,
            true => Shapes::Any,
            false => Shapes::Few,
        }
    }

    fn run(&self, items: &[&TextItem], rows: usize, length: usize) -> Result<Vec<Vec<f32>>> {
        let lengths: Vec<i64> = items.iter().map(|item| self.length(item) as i64).collect();
        let full = items.len() == rows && items.iter().all(|item| item.tokens.ids.len() == length);
        let method = self.unmasked.as_ref().filter(|_| full).unwrap_or(&self.masked);
        let program = self.program.get()?;
        let _threads = program.threads(&method.name)?;
        let ragged = !full && self.shapes() == Shapes::Ragged;
        let _padding = ragged.then(|| Padding::begin(&lengths, length)).transpose()?;
        let inputs = method
            .inputs
            .iter()
            .map(|name| self.input(name, items, rows, length))
            .collect::<Result<Vec<_>>>()?;
        let output = program.run_one(&method.name, &inputs)?;
        match self.gives {
            Gives::Texts(values) => read_rows(&method.name, &output, items.len(), rows, values),
            Gives::Tokens(values) => {
                let lengths = items.iter().map(|item| item.tokens.ids.len());
                read_tokens(&method.name, &output, lengths, [rows, length, values])
            }
        }
    }
}

impl TextBatcher {
    /// One of the method's inputs, (rows, length). Rows without a text get one token, so that no softmax is empty.
    fn input(&self, name: &str, items: &[&TextItem], rows: usize, length: usize) -> Result<Value> {
        let one = |ids: &[u32], at: usize, padding: i64| ids.get(at).map_or(padding, |id| i64::from(*id));
        let mut values: Vec<i64> = Vec::with_capacity(rows * length);
        for row in 0..rows {
            let item = items.get(row);
            let tokens = |at: usize| item.map_or(at == 0, |item| at < item.attended.max(1));
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
