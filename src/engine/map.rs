//! A function over many items, in parallel, the results in the items' order.

use std::sync::{Arc, Mutex};
use std::vec;

use super::executor::{on_library_thread, Executor, Step};
use super::lock;
use crate::control::{Call, Waiter};
use crate::error::{Error, Result};
use crate::guard::guarded;

/// Pieces that each thread gets at least, so that the threads finish together.
const PIECES: usize = 4;
/// The most items in a piece, so that others get their turn.
const PIECE: usize = 64;

/// Every thread that takes part has this source in the line once, and each step does one piece.
pub(super) struct Map<I, T, F> {
    call: Call,
    function: F,
    piece: usize,
    state: Mutex<State<I, T>>,
    waiter: Arc<Waiter>,
}

struct State<I, T> {
    items: vec::IntoIter<I>,
    results: Vec<Option<T>>,
    /// Pieces taken and not yet finished.
    running: usize,
    /// The first item that failed, and how.
    failed: Option<(usize, Error)>,
}

impl<I, T, F> Map<I, T, F>
where
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I, &Call) -> Result<T> + Send + Sync + 'static,
{
    pub fn run(pool: &Arc<Executor>, threads: usize, call: &Call, items: Vec<I>, function: F) -> Result<Vec<T>> {
        call.check()?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let mut results = Vec::new();
        if results.try_reserve_exact(items.len()).is_err() {
            return Err(Error::OutOfMemory(format!(
                "there is no memory for {} results",
                items.len()
            )));
        }
        results.resize_with(items.len(), || None);
        let piece = items.len().div_ceil(threads * PIECES).min(PIECE);
        let helpers = threads.min(items.len().div_ceil(piece));
        let state = Mutex::new(State {
            items: items.into_iter(),
            results,
            running: 0,
            failed: None,
        });
        let map = Arc::new(Self {
            call: call.until(pool.closed()),
            function,
            piece,
            state,
            waiter: Arc::default(),
        });
        for _ in 0..helpers {
            pool.push(map.clone())?;
        }
        // One of our own threads takes part instead of holding up the pool that may be waiting for it.
        if on_library_thread() {
            while map.step() {}
        }
        call.wait(&map.waiter, || map.outcome())?
    }

    /// The results, or the error of the first item that failed, once no piece is running any more.
    fn outcome(&self) -> Option<Result<Vec<T>>> {
        let mut state = lock(&self.state);
        if state.running > 0 || state.items.len() > 0 {
            return None;
        }
        Some(match state.failed.take() {
            Some((_, error)) => Err(error),
            None => Ok(std::mem::take(&mut state.results).into_iter().flatten().collect()),
        })
    }

    /// Takes the next items, each with its place.
    fn take_piece(&self) -> Option<Vec<(usize, I)>> {
        let mut state = lock(&self.state);
        let first = state.results.len() - state.items.len();
        let piece: Vec<_> = state
            .items
            .by_ref()
            .take(self.piece)
            .enumerate()
            .map(|(i, item)| (first + i, item))
            .collect();
        state.running += usize::from(!piece.is_empty());
        (!piece.is_empty()).then_some(piece)
    }
}

impl<I, T, F> Step for Map<I, T, F>
where
    I: Send + 'static,
    T: Send + 'static,
    F: Fn(I, &Call) -> Result<T> + Send + Sync + 'static,
{
    fn step(&self) -> bool {
        let Some(piece) = self.take_piece() else { return false };
        let mut done = Vec::with_capacity(piece.len());
        let mut failed = None;
        for (place, item) in piece {
            match guarded(|| self.call.check().and_then(|()| (self.function)(item, &self.call))) {
                Ok(result) => done.push((place, result)),
                Err(error) => {
                    failed = Some((place, error));
                    break;
                }
            }
        }
        let mut state = lock(&self.state);
        for (place, result) in done {
            if let Some(slot) = state.results.get_mut(place) {
                *slot = Some(result);
            }
        }
        let mut unwanted = Vec::new().into_iter();
        if let Some((place, error)) = failed {
            // Items before this one are done or running, so the error returned is always that of the first bad item.
            unwanted = std::mem::take(&mut state.items);
            if state.failed.as_ref().is_none_or(|(first, _)| place < *first) {
                state.failed = Some((place, error));
            }
        }
        state.running -= 1;
        let more = state.items.len() > 0;
        drop(state);
        drop(unwanted);
        if !more {
            self.waiter.notify();
        }
        more
    }

    fn abandon(&self, why: &Error) {
        let mut state = lock(&self.state);
        let unwanted = std::mem::take(&mut state.items);
        if unwanted.len() > 0 {
            state.failed = Some((0, why.clone()));
        }
        drop(state);
        drop(unwanted);
        self.waiter.notify();
    }
}
