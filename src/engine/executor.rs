//! Threads that take turns at sources of work: the compute threads (one each), the pool and the loaders (many) are all this.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use super::lock;
use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::torch::process;

/// A source of work. A job is a source of one step; a queue is one of many, each step a batch.
pub(super) trait Step: Send + Sync {
    /// Does one piece of work and says whether there is more: then the source goes to the back of the line.
    fn step(&self) -> bool;
    /// Gives everybody who waits for this source the error. May be called twice, and from any thread.
    fn abandon(&self, why: &Error);
}

/// What an executor does besides its sources' steps.
pub(super) struct Manner {
    pub name: String,
    /// The most threads it starts; it starts one whenever there is work and none is idle.
    pub threads: usize,
    /// The first thing each thread does. An error is given to everybody who waits; the next use tries again.
    pub prepare: Box<dyn Fn() -> Result<()> + Send + Sync>,
}

pub(super) struct Executor {
    manner: Manner,
    state: Mutex<State>,
    work: Condvar,
    ended: Condvar,
    closed: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<dyn Step>>,
    closed: Option<Error>,
    idle: usize,
    /// Threads started and not yet at their end.
    running: usize,
    /// Threads started and not yet joined; `handles` holds those that nobody is joining yet.
    unjoined: usize,
    handles: Vec<JoinHandle<()>>,
    started: usize,
}

thread_local! {
    /// The executor this thread belongs to, by address; 0 on threads that are not ours.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

/// Whether the calling thread is one of the library's own.
pub(super) fn on_library_thread() -> bool {
    HERE.try_with(Cell::get).unwrap_or(0) != 0
}

impl Executor {
    pub fn new(manner: Manner) -> Arc<Self> {
        let closed = Arc::default();
        Arc::new(Self {
            manner,
            state: Mutex::default(),
            work: Condvar::new(),
            ended: Condvar::new(),
            closed,
        })
    }

    /// Whether the calling thread is one of this executor's.
    pub fn is_here(self: &Arc<Self>) -> bool {
        HERE.try_with(Cell::get).unwrap_or(0) == Arc::as_ptr(self) as usize
    }

    /// Set when the executor closes: what runs on it should come to an end.
    pub fn closed(&self) -> Arc<AtomicBool> {
        self.closed.clone()
    }

    /// How many sources stand in line.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        lock(&self.state).ready.len()
    }

    /// Puts a source at the back of the line.
    pub fn push(self: &Arc<Self>, source: Arc<dyn Step>) -> Result<()> {
        let mut state = lock(&self.state);
        if let Some(why) = &state.closed {
            return Err(why.clone());
        }
        if state.ready.len() >= state.idle && state.running < self.manner.threads {
            match self.start_thread(&mut state) {
                Ok(()) => (),
                Err(e) if state.running == 0 => return Err(e),
                Err(_) => (), // the threads that are there do the work
            }
        }
        state.ready.push_back(source);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    fn start_thread(self: &Arc<Self>, state: &mut State) -> Result<()> {
        let executor = self.clone();
        let name = match self.manner.threads {
            1 => self.manner.name.clone(),
            _ => format!("{}-{}", self.manner.name, state.started),
        };
        let thread = std::thread::Builder::new()
            .name(name.clone())
            .spawn(move || executor.work());
        let thread = thread.map_err(|e| {
            Error::Internal(format!(
                "the thread {name} could not be started: {e}; the process may have too many"
            ))
        })?;
        // Threads that gave up have ended: nothing is left to join.
        state.handles.retain(|handle| !handle.is_finished());
        state.handles.push(thread);
        state.started += 1;
        state.running += 1;
        state.unjoined = state.handles.len();
        Ok(())
    }

    /// The life of a thread.
    fn work(self: Arc<Self>) {
        HERE.set(Arc::as_ptr(&self) as usize);
        process::block_signals();
        match guarded(&self.manner.prepare) {
            Ok(()) => self.take_turns(),
            Err(why) => self.give_up(&why),
        }
        self.ended.notify_all();
    }

    fn take_turns(&self) {
        while let Some((source, closed)) = self.next() {
            let outcome = match closed {
                Some(why) => Err(why),
                None => guarded(|| Ok(source.step())),
            };
            match outcome {
                Ok(true) => lock(&self.state).ready.push_back(source),
                outcome => {
                    // Whatever is dropped with the source is dropped here; that a destructor panics ends no thread.
                    let _ = guarded(|| outcome.inspect_err(|why| source.abandon(why)).map(|_| drop(source)));
                }
            }
        }
    }

    /// The next source, waiting for one; nothing once the executor is closed and its line is empty.
    fn next(&self) -> Option<(Arc<dyn Step>, Option<Error>)> {
        let mut state = lock(&self.state);
        loop {
            if let Some(source) = state.ready.pop_front() {
                return Some((source, state.closed.clone()));
            }
            if state.closed.is_some() {
                state.running -= 1;
                return None;
            }
            state.idle += 1;
            state = self.work.wait(state).unwrap_or_else(|e| e.into_inner());
            state.idle -= 1;
        }
    }

    /// Ends a thread that could not be prepared: whoever waits learns why, whoever comes next starts another.
    fn give_up(&self, why: &Error) {
        let mut state = lock(&self.state);
        state.running -= 1;
        let waiting = std::mem::take(&mut state.ready);
        drop(state);
        waiting.iter().for_each(|source| source.abandon(why));
    }

    /// Takes no more work and gives those who wait the error at once. The threads end after the step they are in, and drop
    /// what was never run.
    pub fn close(&self, why: &Error) {
        self.closed.store(true, Ordering::SeqCst);
        let mut state = lock(&self.state);
        state.closed.get_or_insert_with(|| why.clone());
        let waiting: Vec<_> = state.ready.iter().cloned().collect();
        drop(state);
        self.work.notify_all();
        waiting.iter().for_each(|source| source.abandon(why));
    }

    /// Waits until every thread has ended and been joined; false if some have not by the deadline.
    pub fn join(&self, deadline: Option<Instant>) -> bool {
        let mut state = lock(&self.state);
        while state.unjoined > 0 {
            let handles = if state.running == 0 {
                std::mem::take(&mut state.handles)
            } else {
                Vec::new()
            };
            if !handles.is_empty() {
                drop(state);
                let joined = handles.into_iter().map(JoinHandle::join).count();
                state = lock(&self.state);
                state.unjoined -= joined;
                self.ended.notify_all();
                continue;
            }
            // Threads are at work, or another shutdown is joining them.
            state = match deadline.map(|d| d.saturating_duration_since(Instant::now())) {
                None => self.ended.wait(state).unwrap_or_else(|e| e.into_inner()),
                Some(left) if left.is_zero() => return false,
                Some(left) => {
                    self.ended
                        .wait_timeout(state, left)
                        .unwrap_or_else(|e| e.into_inner())
                        .0
                }
            };
        }
        true
    }
}
