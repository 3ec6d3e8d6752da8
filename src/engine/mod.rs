//! The library's threads, and the only way onto them.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `lifecycle` | when there are threads: first use, shutdown, exit |
//! | `fork` | which processes may use them |
//! | `executor` | threads that take turns at sources of work: one compute thread for each device, the pool, the loaders |
//! | `job`, `map` | work with a caller who waits: one piece, or a function over many items |
//! | `queue`, `request` | where the requests of all callers become batches |
//! | `plan` | how: pure functions of the items' lengths |
//!
//! libtorch computes on compute threads only. A caller who is cancelled returns at once: what runs then ends in the
//! background, what does not run yet never will. No lock is held while a job runs or a thread waits.
//!
//! A job may itself call [`compute`] for another device, [`background`] and [`map`]; it must not submit to a [`Queue`] of its
//! own device.

mod executor;
mod fork;
mod job;
mod lifecycle;
mod map;
mod plan;
mod queue;
mod request;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, Once};
use std::time::Duration;

use crate::control::Call;
use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::torch::{self, process, Device};
use executor::on_library_thread;
use job::Job;
use lifecycle::{Engine, Hooks, Place};
use map::Map;

pub use fork::{check_process, enter, Inside};
pub use plan::Shapes;
pub use queue::{Queue, Started};

/// What makes up a batch: items of a length (in tokens; 1 where all are alike) that can be run together.
pub trait Batcher: Send + Sync + 'static {
    type Item: Send + Sync + 'static;
    type Row: Send + 'static;
    /// The item's length, at least 1.
    fn length(&self, item: &Self::Item) -> usize;
    /// The longest that an item can be: lengths are not rounded up beyond it. 1 where all are alike.
    fn max_length(&self) -> usize {
        usize::MAX
    }
    /// The most tokens one batch should hold, padding (rows × length) included where it is computed; a single item may be longer.
    fn budget(&self) -> usize;
    /// Which shapes its kernels are content with.
    fn shapes(&self) -> Shapes {
        Shapes::Few
    }
    /// What a batch costs whatever it holds, in tokens: padding is worth this much to save a batch.
    fn overhead(&self) -> usize {
        32
    }
    /// Runs one batch on the compute thread and returns one row for each item, in their order. `rows` ≥ items.len() is the
    /// padded number of rows; `length` ≥ every item's is the padded length.
    fn run(&self, items: &[&Self::Item], rows: usize, length: usize) -> Result<Vec<Self::Row>>;
}

static ENGINE: Engine = Engine::new(Hooks {
    enter: watch_process,
    prepare: start_compute_thread,
});

fn process_wide() -> &'static Engine {
    &ENGINE
}

/// Before the first use: asks to be told of forks and of the exit.
fn watch_process() {
    static EXIT: Once = Once::new();
    fork::start();
    EXIT.call_once(watch_exit);
}

/// The first thing on a compute thread.
fn start_compute_thread(device: Device, threads: usize) -> Result<()> {
    static CUDA_EXIT: Once = Once::new();
    torch::start_compute_thread(device, threads)?;
    if let Device::Cuda(_) = device {
        // libtorch's CUDA half was opened after the first use.
        CUDA_EXIT.call_once(watch_exit);
    }
    Ok(())
}

/// Asks to be told of the exit. The latest to ask is told first, so this comes once libtorch is loaded and has asked for
/// its statics to be destroyed, and before its first job: what it makes later, it leaves alone at exit.
fn watch_exit() {
    extern "C" fn exit() {
        // Whatever happened, no panic may leave this function.
        let _ = guarded(|| {
            ENGINE.end();
            Ok(())
        });
    }
    process::at_exit(exit);
}

/// Runs a job with libtorch on the device's compute thread and waits for it.
pub fn compute<T: Send + 'static>(
    device: Device,
    call: &Call,
    job: impl FnOnce(&Call) -> Result<T> + Send + 'static,
) -> Result<T> {
    ENGINE.compute(device, call, job)
}

/// The same, and does something else on the calling thread meanwhile, whose error comes first.
pub fn compute_beside<T: Send + 'static, U>(
    device: Device,
    call: &Call,
    job: impl FnOnce(&Call) -> Result<T> + Send + 'static,
    meanwhile: impl FnOnce() -> Result<U>,
) -> Result<(T, U)> {
    ENGINE.compute_beside(device, call, job, meanwhile)
}

/// Starts the device's compute thread, which may take a while, without waiting. An error is for who then computes there.
pub fn begin(device: Device) -> Result<()> {
    ENGINE.begin(device)
}

/// Runs a long job without libtorch (hashing, locating, waiting for [`compute`]) on a loader's thread and waits for it. On a
/// thread of the library it runs right there.
pub fn background<T: Send + 'static>(call: &Call, job: impl FnOnce(&Call) -> Result<T> + Send + 'static) -> Result<T> {
    ENGINE.background(call, job)
}

/// Applies `f` to all items on the pool's threads and waits. Results keep the items' order; an error is that of the first
/// item that failed. `f` gets the call as a job sees it: it may ask whether that is still wanted, and report progress.
pub fn map<I: Send + 'static, T: Send + 'static>(
    call: &Call,
    items: Vec<I>,
    f: impl Fn(I, &Call) -> Result<T> + Send + Sync + 'static,
) -> Result<Vec<T>> {
    ENGINE.map(call, items, f)
}

/// Drops a libtorch object on its device's thread, without waiting. If there is no such thread it is dropped here, and in a
/// forked child or while the process exits not at all.
pub fn drop_on_compute<T: Send + 'static>(device: Device, value: T) {
    ENGINE.drop_on_compute(device, value);
}

/// Cancels what waits, waits for what runs, and ends the library's threads. The next use starts them anew. `Timeout` if a
/// running job does not end in time: until it has, every use is cancelled.
pub fn shutdown(timeout: Option<Duration>) -> Result<()> {
    ENGINE.shutdown(timeout)
}

/// Sets the number of threads, while there are none.
pub fn set_threads(n: usize) -> Result<()> {
    ENGINE.set_threads(n)
}

/// Threads that compute on the CPU, and threads in the pool: as set, else the cores that this process may use.
pub fn threads() -> usize {
    ENGINE.threads()
}

impl Engine {
    fn compute<T: Send + 'static>(
        &self,
        device: Device,
        call: &Call,
        job: impl FnOnce(&Call) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        Job::run(&self.executor(Place::Compute(device))?, call, job)
    }

    fn compute_beside<T: Send + 'static, U>(
        &self,
        device: Device,
        call: &Call,
        job: impl FnOnce(&Call) -> Result<T> + Send + 'static,
        meanwhile: impl FnOnce() -> Result<U>,
    ) -> Result<(T, U)> {
        let mut done = None;
        let result = Job::run_beside(&self.executor(Place::Compute(device))?, call, job, || {
            done = Some(guarded(meanwhile));
        });
        let done = done.transpose()?;
        let result = result?;
        done.map(|done| (result, done))
            .ok_or_else(|| Error::Internal("what was to be done beside a job was not".into()))
    }

    fn begin(&self, device: Device) -> Result<()> {
        let executor = self.executor(Place::Compute(device))?;
        executor.push(Job::new(&executor, &Call::unwatched(), |_| Ok(())))
    }

    fn background<T: Send + 'static>(
        &self,
        call: &Call,
        job: impl FnOnce(&Call) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let loaders = self.executor(Place::Loaders)?;
        if on_library_thread() {
            call.check()?;
            return guarded(|| job(call));
        }
        Job::run(&loaders, call, job)
    }

    fn map<I: Send + 'static, T: Send + 'static>(
        &self,
        call: &Call,
        items: Vec<I>,
        f: impl Fn(I, &Call) -> Result<T> + Send + Sync + 'static,
    ) -> Result<Vec<T>> {
        Map::run(&self.executor(Place::Pool)?, self.threads(), call, items, f)
    }

    fn drop_on_compute<T: Send + 'static>(&self, device: Device, value: T) {
        if check_process().is_err() || self.has_ended() {
            std::mem::forget(value);
            return;
        }
        let drop_it = move || {
            drop(value);
            Ok(())
        };
        match self.running(Place::Compute(device)) {
            Some(executor) if !executor.is_here() => {
                let job = Job::new(&executor, &Call::unwatched(), move |_| drop_it());
                // Refused by an executor that is closing: the job, and the value in it, is dropped here.
                let _ = executor.push(job);
            }
            _ => {
                let _ = guarded(drop_it);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}
