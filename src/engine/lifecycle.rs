//! When the library has threads: from the first use to `shutdown`, and never again once the process exits.
//!
//! ```text
//!            first use            shutdown              all threads joined
//!   Stopped ───────────▶ Running ──────────▶ Stopping ────────────────────▶ Stopped
//!      └────────────────────┴──── exit ─────────┴────▶ Ended
//! ```
//!
//! A shutdown that runs out of time leaves `Stopping` behind: the next use that finds all threads at their end joins them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::executor::{on_library_thread, Executor, Manner};
use super::fork::check_process;
use super::lock;
use crate::error::{Error, Result};
use crate::torch::Device;

/// The most threads that can be asked for.
const MOST_THREADS: usize = 1024;

/// The most long jobs that run at once; more wait for their turn.
const LOADERS: usize = 64;

/// How long the end of the process waits for the job that is running. After that the process goes on exiting with the
/// thread still in libtorch, which may then crash: better than a program that cannot be ended.
const PATIENCE_AT_EXIT: Duration = Duration::from_secs(10);

/// Where work runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Compute(Device),
    Pool,
    /// Long jobs that mostly wait, each on a thread of its own: for the disk, a compute thread, another process. On the pool
    /// they would hold up what the calls in between need it for.
    Loaders,
}

/// What the engine calls outside itself.
pub(super) struct Hooks {
    /// Before every use, on the caller's thread, with no lock held.
    pub enter: fn(),
    /// The first thing on each compute thread.
    pub prepare: fn(Device, usize) -> Result<()>,
}

/// The library's threads and their lifetime. There is one for the process; tests make their own.
pub(super) struct Engine {
    hooks: Hooks,
    /// As set by `set_threads`; 0 if it was not.
    threads: AtomicUsize,
    state: Mutex<State>,
}

enum State {
    Stopped,
    Running(HashMap<Place, Arc<Executor>>),
    Stopping(Arc<Vec<Arc<Executor>>>),
    Ended,
}

impl Engine {
    pub const fn new(hooks: Hooks) -> Self {
        Self {
            hooks,
            threads: AtomicUsize::new(0),
            state: Mutex::new(State::Stopped),
        }
    }

    /// Sets the number of threads that compute and that the pool has.
    pub fn set_threads(&self, n: usize) -> Result<()> {
        check_process()?;
        if !(1..=MOST_THREADS).contains(&n) {
            return Err(Error::InvalidArgument(format!(
                "threads must be from 1 to {MOST_THREADS}, not {n}"
            )));
        }
        self.settle();
        match *lock(&self.state) {
            State::Stopped => self.threads.store(n, Ordering::SeqCst),
            _ => {
                return Err(Error::InvalidArgument(
                    "threads can only be set before the first model is loaded, or after a shutdown".into(),
                ))
            }
        }
        Ok(())
    }

    /// The number set, else that of the cores this process may use, by affinity and cgroup quota.
    pub fn threads(&self) -> usize {
        match self.threads.load(Ordering::SeqCst) {
            0 => std::thread::available_parallelism()
                .map_or(1, |n| n.get())
                .min(MOST_THREADS),
            n => n,
        }
    }

    /// The executor for a place: the first use starts it.
    pub fn executor(&self, place: Place) -> Result<Arc<Executor>> {
        check_process()?;
        (self.hooks.enter)();
        self.settle();
        let mut state = lock(&self.state);
        if let State::Stopped = *state {
            *state = State::Running(HashMap::new());
        }
        match &mut *state {
            State::Running(executors) => Ok(executors
                .entry(place)
                .or_insert_with(|| self.new_executor(place))
                .clone()),
            State::Ended => Err(ended()),
            _ => Err(Error::Cancelled(
                "glyxel is being shut down, and a job is still running; call again when it has ended".into(),
            )),
        }
    }

    /// The executor for a place, if it is there and takes work.
    pub fn running(&self, place: Place) -> Option<Arc<Executor>> {
        match &*lock(&self.state) {
            State::Running(executors) => executors.get(&place).cloned(),
            _ => None,
        }
    }

    pub fn has_ended(&self) -> bool {
        matches!(*lock(&self.state), State::Ended)
    }

    fn new_executor(&self, place: Place) -> Arc<Executor> {
        let threads = self.threads();
        Executor::new(match place {
            Place::Pool => Manner {
                name: "glyxel-worker".into(),
                threads,
                prepare: Box::new(|| Ok(())),
            },
            Place::Loaders => Manner {
                name: "glyxel-loader".into(),
                threads: LOADERS,
                prepare: Box::new(|| Ok(())),
            },
            Place::Compute(device) => {
                let name = match device {
                    Device::Cpu => "glyxel-cpu".into(),
                    Device::Cuda(index) => format!("glyxel-cuda-{index}"),
                };
                let prepare = self.hooks.prepare;
                Manner {
                    name,
                    threads: 1,
                    prepare: Box::new(move || prepare(device, threads)),
                }
            }
        })
    }

    /// Cancels what waits, waits for what runs, and ends all threads. May be called any number of times, by several threads.
    pub fn shutdown(&self, timeout: Option<Duration>) -> Result<()> {
        check_process()?;
        if on_library_thread() {
            return Err(Error::Internal(
                "a thread of the library cannot shut the library down: it would wait for itself".into(),
            ));
        }
        let mut state = lock(&self.state);
        let executors = match &mut *state {
            State::Stopped | State::Ended => return Ok(()),
            State::Stopping(executors) => executors.clone(),
            State::Running(executors) => Arc::new(executors.drain().map(|(_, executor)| executor).collect()),
        };
        *state = State::Stopping(executors.clone());
        drop(state);
        if !close(&executors, &shut_down(), timeout) {
            return Err(Error::Timeout(
                "the job that glyxel is running did not end in the time that shutdown was given; everything else was cancelled, \
                 and until the job has ended by itself, calls are: call shutdown again to wait for it"
                    .into(),
            ));
        }
        self.stopped(&executors);
        Ok(())
    }

    /// Ends a shutdown that ran out of time, if all that it waited for has ended since.
    fn settle(&self) {
        let executors = match &*lock(&self.state) {
            State::Stopping(executors) => executors.clone(),
            _ => return,
        };
        if join(&executors, Some(Instant::now())) {
            self.stopped(&executors);
        }
    }

    fn stopped(&self, executors: &Arc<Vec<Arc<Executor>>>) {
        let mut state = lock(&self.state);
        if matches!(&*state, State::Stopping(these) if Arc::ptr_eq(these, executors)) {
            *state = State::Stopped;
        }
    }

    /// The end of the process: from here on there are no threads, and every call is cancelled.
    pub fn end(&self) {
        if check_process().is_err() {
            return;
        }
        let executors = match std::mem::replace(&mut *lock(&self.state), State::Ended) {
            State::Stopped | State::Ended => return,
            State::Stopping(executors) => executors,
            State::Running(executors) => Arc::new(executors.into_values().collect()),
        };
        // Nobody but a library thread itself could wait for it here, forever.
        let patience = if on_library_thread() {
            Duration::ZERO
        } else {
            PATIENCE_AT_EXIT
        };
        close(&executors, &ended(), Some(patience));
    }
}

/// Closes all executors, then waits for their threads; false if some did not end in time.
fn close(executors: &[Arc<Executor>], why: &Error, timeout: Option<Duration>) -> bool {
    let deadline = timeout.and_then(|t| Instant::now().checked_add(t));
    executors.iter().for_each(|executor| executor.close(why));
    join(executors, deadline)
}

fn join(executors: &[Arc<Executor>], deadline: Option<Instant>) -> bool {
    // Not `all`: each that can be joined is, even after one that can't.
    executors.iter().filter(|executor| !executor.join(deadline)).count() == 0
}

fn shut_down() -> Error {
    Error::Cancelled("glyxel was shut down before this call had finished".into())
}

fn ended() -> Error {
    Error::Cancelled("the process is exiting: glyxel takes no more calls".into())
}
