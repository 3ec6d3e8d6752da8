//! A text encoder's hidden states: a queue for each that was asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kept::Kept;
use super::on_device::OnDevice;
use super::text_batcher::TextBatcher;
use crate::control::Call;
use crate::engine::{self, Queue};
use crate::error::{Error, Result};
use crate::torch::Program;

/// One method gives all of them, as a list. Its program is made when the first is asked for, from the bundle read again, for few ask and
/// every load would take longer. What is run is the part of it that ends with the state that is wanted, so that layers behind it cost
/// nothing.
pub struct HiddenStates {
    kept: Arc<Kept>,
    /// Runs the method in a program that does not have it.
    batcher: TextBatcher,
    made: Arc<Mutex<Made>>,
}

#[derive(Default)]
struct Made {
    /// Gives all states.
    whole: Option<Arc<OnDevice<Program>>>,
    queues: BTreeMap<usize, Arc<Queue<TextBatcher>>>,
}

impl HiddenStates {
    pub fn new(kept: Arc<Kept>, batcher: TextBatcher) -> Self {
        HiddenStates {
            kept,
            batcher,
            made: Arc::default(),
        }
    }

    /// Hidden state `n`: 0 the embeddings, n what layer n gives.
    pub fn queue(&self, n: usize, call: &Call) -> Result<Arc<Queue<TextBatcher>>> {
        if let Some(queue) = lock(&self.made).queues.get(&n) {
            return Ok(queue.clone());
        }
        let (kept, made, batcher) = (self.kept.clone(), self.made.clone(), self.batcher.clone());
        // Read and checked where it keeps no batch waiting.
        let there = lock(&made).whole.is_some();
        let archive = match there {
            true => None,
            false => {
                let kept = kept.clone();
                Some(engine::background(call, move |call| kept.archive(call))?)
            }
        };
        // One thread does this, so nothing is made twice.
        engine::compute(kept.device, call, move |_| {
            if let Some(queue) = lock(&made).queues.get(&n) {
                return Ok(queue.clone());
            }
            let (device, method) = (kept.device, batcher.masked.name.clone());
            let there = lock(&made).whole.clone();
            let whole = match (there, archive) {
                (Some(whole), _) => whole,
                (None, None) => return Err(Error::Internal("the program of the hidden states is gone".into())),
                (None, Some(archive)) => {
                    let program = Program::new(kept.module(archive)?, &[method.as_str()], device)?;
                    let whole = Arc::new(OnDevice::new(device, program));
                    lock(&made).whole = Some(whole.clone());
                    whole
                }
            };
            let part = OnDevice::new(device, whole.get()?.element(&method, n)?);
            let program = Arc::new(part);
            let queue = Queue::new(device, TextBatcher { program, ..batcher });
            lock(&made).queues.insert(n, queue.clone());
            Ok(queue)
        })
    }
}

fn lock(made: &Mutex<Made>) -> MutexGuard<'_, Made> {
    made.lock().unwrap_or_else(PoisonError::into_inner)
}
