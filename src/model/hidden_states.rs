//! A text encoder's hidden states: a queue for each that was asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::on_device::OnDevice;
use super::text_batcher::TextBatcher;
use crate::control::Call;
use crate::engine::{self, Queue};
use crate::error::Result;

/// One method gives all of them, as a list. What is run is the part of it that ends with the one that is wanted, so that layers
/// behind it cost nothing.
pub struct HiddenStates {
    all: TextBatcher,
    queues: Mutex<BTreeMap<usize, Arc<Queue<TextBatcher>>>>,
}

impl HiddenStates {
    pub fn new(all: TextBatcher) -> Self {
        HiddenStates {
            all,
            queues: Mutex::default(),
        }
    }

    /// Hidden state `n`: 0 the embeddings, n what layer n gives.
    pub fn queue(&self, n: usize, call: &Call) -> Result<Arc<Queue<TextBatcher>>> {
        if let Some(queue) = self.queues().get(&n) {
            return Ok(queue.clone());
        }
        let (all, device) = (self.all.clone(), self.all.program.device());
        let part = engine::compute(device, call, move |_| {
            let program = all.program.get()?.element(&all.masked.name, n)?;
            let program = Arc::new(OnDevice::new(device, program));
            Ok(TextBatcher { program, ..all })
        })?;
        // Somebody else may have been faster: one queue for all.
        let queue = Queue::new(device, part);
        Ok(self.queues().entry(n).or_insert(queue).clone())
    }

    fn queues(&self) -> MutexGuard<'_, BTreeMap<usize, Arc<Queue<TextBatcher>>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
