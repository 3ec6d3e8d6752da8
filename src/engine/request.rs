//! One caller's items, and the answer as it grows.

use std::sync::{Arc, Mutex};

use super::executor::Executor;
use super::{lock, Batcher};
use crate::control::{Call, Waiter};
use crate::error::{Error, Result};

pub(super) struct Request<B: Batcher> {
    call: Call,
    /// The executor there was when it was made.
    pub executor: Arc<Executor>,
    pub items: Vec<B::Item>,
    answer: Mutex<Answer<B::Row>>,
    pub waiter: Arc<Waiter>,
}

struct Answer<R> {
    rows: Vec<Option<R>>,
    missing: usize,
    failed: Option<Error>,
}

impl<B: Batcher> Request<B> {
    pub fn new(executor: &Arc<Executor>, items: Vec<B::Item>, call: &Call) -> Result<Arc<Self>> {
        let mut rows = Vec::new();
        rows.try_reserve_exact(items.len())
            .map_err(|_| no_memory(items.len()))?;
        rows.resize_with(items.len(), || None);
        let answer = Mutex::new(Answer {
            missing: items.len(),
            rows,
            failed: None,
        });
        Ok(Arc::new(Self {
            call: call.clone(),
            executor: executor.clone(),
            items,
            answer,
            waiter: Arc::default(),
        }))
    }

    /// Whether somebody still waits for the answer.
    pub fn wanted(&self) -> bool {
        self.call.check().is_ok() && lock(&self.answer).failed.is_none()
    }

    pub fn outcome(&self) -> Option<Result<Vec<B::Row>>> {
        let mut answer = lock(&self.answer);
        match &answer.failed {
            Some(why) => Some(Err(why.clone())),
            None if answer.missing > 0 => None,
            None => Some(Ok(std::mem::take(&mut answer.rows).into_iter().flatten().collect())),
        }
    }

    pub fn deliver(&self, place: usize, row: B::Row) {
        let mut answer = lock(&self.answer);
        if answer.failed.is_some() {
            return;
        }
        if let Some(slot) = answer.rows.get_mut(place) {
            *slot = Some(row);
            answer.missing -= 1;
        }
        let complete = answer.missing == 0;
        drop(answer);
        self.call.advance(1);
        if complete {
            self.waiter.notify();
        }
    }

    pub fn fail(&self, why: &Error) {
        let mut answer = lock(&self.answer);
        answer.failed.get_or_insert_with(|| why.clone());
        let unwanted = std::mem::take(&mut answer.rows);
        drop(answer);
        drop(unwanted);
        self.waiter.notify();
    }
}

pub(super) fn no_memory(items: usize) -> Error {
    Error::OutOfMemory(format!("there is no memory for a request of {items} items"))
}
