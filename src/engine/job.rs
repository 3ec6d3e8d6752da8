//! One piece of work with a caller who waits for its result.

use std::sync::{Arc, Mutex};

use super::executor::{Executor, Step};
use super::lock;
use crate::control::{Call, Waiter};
use crate::error::{Error, Result};
use crate::guard::guarded;

type Work<T> = Box<dyn FnOnce(&Call) -> Result<T> + Send>;

pub(super) struct Job<T> {
    call: Call,
    work: Mutex<Option<Work<T>>>,
    result: Mutex<Option<Result<T>>>,
    waiter: Arc<Waiter>,
}

impl<T: Send + 'static> Job<T> {
    pub fn new(executor: &Executor, call: &Call, work: impl FnOnce(&Call) -> Result<T> + Send + 'static) -> Arc<Self> {
        let call = call.until(executor.closed());
        Arc::new(Self {
            call,
            work: Mutex::new(Some(Box::new(work))),
            result: Mutex::new(None),
            waiter: Arc::default(),
        })
    }

    /// Has `work` done on `executor` and waits for it; at once, if the calling thread is the executor's.
    pub fn run(
        executor: &Arc<Executor>,
        call: &Call,
        work: impl FnOnce(&Call) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        Self::run_beside(executor, call, work, || ())
    }

    /// The same, and does something else before it waits.
    pub fn run_beside(
        executor: &Arc<Executor>,
        call: &Call,
        work: impl FnOnce(&Call) -> Result<T> + Send + 'static,
        meanwhile: impl FnOnce(),
    ) -> Result<T> {
        call.check()?;
        if executor.is_here() {
            meanwhile();
            return guarded(|| work(call));
        }
        let job = Self::new(executor, call, work);
        executor.push(job.clone())?;
        meanwhile();
        call.wait(&job.waiter, || lock(&job.result).take())?
    }

    fn complete(&self, result: Result<T>) {
        // The first result counts; a later one is dropped here, outside the lock.
        let mut slot = lock(&self.result);
        let surplus = if slot.is_none() {
            slot.replace(result)
        } else {
            Some(result)
        };
        drop(slot);
        drop(surplus);
        self.waiter.notify();
    }
}

impl<T: Send + 'static> Step for Job<T> {
    fn step(&self) -> bool {
        let Some(work) = lock(&self.work).take() else {
            return false;
        };
        // A caller who has left needs nothing: the work is dropped, here where its libtorch objects belong.
        self.complete(guarded(|| self.call.check().and_then(|()| work(&self.call))));
        false
    }

    fn abandon(&self, why: &Error) {
        self.complete(Err(why.clone()));
    }
}
