//! The engine with a batcher of its own making; each test has its own threads. Nothing here is timed: gates say what waits.

mod jobs;
mod lifecycle;
#[cfg(unix)]
mod process;
mod queue;

use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};

use super::lifecycle::{Engine, Hooks};
use super::{lock, Batcher, Shapes};
use crate::control::Call;
use crate::error::{Error, Result};
use crate::torch::Device;

fn engine() -> &'static Engine {
    engine_with(Hooks {
        enter: || (),
        prepare: |_, _| Ok(()),
    })
}

fn engine_with(hooks: Hooks) -> &'static Engine {
    Box::leak(Box::new(Engine::new(hooks)))
}

/// Holds those who pass until it is opened, and tells when they have come.
#[derive(Default)]
struct Gate {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    fn pass(&self) {
        let mut state = lock(&self.state);
        state.0 += 1;
        self.changed.notify_all();
        while !state.1 {
            state = self.changed.wait(state).unwrap();
        }
    }

    fn open(&self) {
        lock(&self.state).1 = true;
        self.changed.notify_all();
    }

    fn wait_for(&self, visitors: usize) {
        let mut state = lock(&self.state);
        while state.0 < visitors {
            state = self.changed.wait(state).unwrap();
        }
    }
}

const CPU: Device = Device::Cpu;
const GPU: Device = Device::Cuda(0);

fn call() -> Call {
    Call::unwatched()
}

fn here(_: &Call) -> Result<(ThreadId, Option<String>)> {
    let thread = thread::current();
    Ok((thread.id(), thread.name().map(str::to_owned)))
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::yield_now();
    }
}

const BAD: u64 = 1_000_001;
const PANICKING: u64 = 1_000_002;

/// Items are (length, value); a row is twice the value. Notes every batch.
struct Doubler {
    gate: Arc<Gate>,
    shapes: Shapes,
    batches: Mutex<Vec<(Vec<u64>, usize, usize)>>,
}

impl Doubler {
    fn new(gate: &Arc<Gate>) -> Self {
        Self {
            gate: gate.clone(),
            shapes: Shapes::Few,
            batches: Mutex::default(),
        }
    }

    fn open() -> Self {
        let gate = Gate::new();
        gate.open();
        Self::new(&gate)
    }

    fn batches(&self) -> Vec<(Vec<u64>, usize, usize)> {
        lock(&self.batches).clone()
    }
}

impl Batcher for Doubler {
    type Item = (usize, u64);
    type Row = u64;

    fn length(&self, item: &Self::Item) -> usize {
        item.0
    }

    fn max_length(&self) -> usize {
        512
    }

    fn budget(&self) -> usize {
        256
    }

    fn shapes(&self) -> Shapes {
        self.shapes
    }

    fn run(&self, items: &[&Self::Item], rows: usize, length: usize) -> Result<Vec<u64>> {
        let values: Vec<u64> = items.iter().map(|item| item.1).collect();
        lock(&self.batches).push((values.clone(), rows, length));
        self.gate.pass();
        assert!(items.len() <= rows && items.iter().all(|item| item.0 <= length));
        assert!(!values.contains(&PANICKING), "the model panicked");
        if values.contains(&BAD) {
            return Err(Error::BadModel("the model does not like this".into()));
        }
        Ok(values.iter().map(|v| 2 * v).collect())
    }
}
