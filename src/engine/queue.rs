//! Where the requests of all callers meet and become batches.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::executor::{Executor, Step};
use super::fork::check_process;
use super::lifecycle::{Engine, Place};
use super::request::{no_memory, Request};
use super::{lock, plan, Batcher, Shapes};
use crate::control::{Call, Stage};
use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::torch::Device;

/// What can share a batch: one queue for each method of a model. It owns no thread; its batches run on its device's.
pub struct Queue<B: Batcher> {
    engine: &'static Engine,
    device: Device,
    batcher: B,
    pending: Mutex<Pending<B>>,
}

struct Pending<B: Batcher> {
    /// Requests with items still to run; the one at the front leads the next batch. None of them is empty.
    waiting: VecDeque<Waiting<B>>,
    /// Whether the queue stands in its executor's line, or is in a step.
    scheduled: bool,
}

struct Waiting<B: Batcher> {
    request: Arc<Request<B>>,
    /// Shortest first: batches take the longest, from the end.
    items: Vec<Item>,
    /// Shares no batch any more: one that it shared has failed.
    alone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    length: usize,
    place: Reverse<usize>,
    padded: usize,
}

/// Items that were handed over. Dropped without being waited for, what does not run yet never will.
pub struct Started<B: Batcher>(Option<(Arc<Request<B>>, Call)>);

impl<B: Batcher> Started<B> {
    /// Their rows, in the items' order.
    pub fn wait(mut self) -> Result<Vec<B::Row>> {
        let Some((request, call)) = &self.0 else {
            return Ok(Vec::new());
        };
        let rows = call.wait(&request.waiter, || request.outcome());
        let rows = rows.inspect_err(|why| request.fail(why));
        self.0 = None;
        rows?
    }
}

impl<B: Batcher> Drop for Started<B> {
    fn drop(&mut self) {
        if let Some((request, _)) = &self.0 {
            request.fail(&Error::Cancelled("nobody waits for the result any more".into()));
        }
    }
}

struct Batch<B: Batcher> {
    items: Vec<(Arc<Request<B>>, Item)>,
    rows: usize,
    length: usize,
}

impl<B: Batcher> Queue<B> {
    pub fn new(device: Device, batcher: B) -> Arc<Self> {
        Self::on(super::process_wide(), device, batcher)
    }

    pub(super) fn on(engine: &'static Engine, device: Device, batcher: B) -> Arc<Self> {
        let pending = Mutex::new(Pending {
            waiting: VecDeque::new(),
            scheduled: false,
        });
        Arc::new(Self {
            engine,
            device,
            batcher,
            pending,
        })
    }

    pub fn batcher(&self) -> &B {
        &self.batcher
    }

    /// How many requests have items still to run.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.pending).waiting.len()
    }

    /// Runs the items, in batches shared with other callers, and returns their rows in the items' order.
    pub fn submit(self: &Arc<Self>, items: Vec<B::Item>, call: &Call) -> Result<Vec<B::Row>> {
        call.stage(Stage::Computing, items.len() as u64);
        self.start(items, call)?.wait()
    }

    /// The same without waiting, for callers who make the next items meanwhile.
    pub fn start(self: &Arc<Self>, items: Vec<B::Item>, call: &Call) -> Result<Started<B>> {
        check_process()?;
        call.check()?;
        if items.is_empty() {
            return Ok(Started(None));
        }
        let executor = self.engine.executor(Place::Compute(self.device))?;
        if executor.is_here() {
            return Err(Error::Internal(
                "a job on the compute thread waited for a batch on the same thread".into(),
            ));
        }
        let (request, schedule) = self.enqueue(&executor, items, call)?;
        if schedule {
            self.schedule(executor);
        }
        Ok(Started(Some((request, call.clone()))))
    }

    /// Puts a request at the back, and says whether the queue is now to be scheduled.
    pub(super) fn enqueue(
        &self,
        executor: &Arc<Executor>,
        items: Vec<B::Item>,
        call: &Call,
    ) -> Result<(Arc<Request<B>>, bool)> {
        let (order, request) = (self.order(&items)?, Request::new(executor, items, call)?);
        let mut pending = lock(&self.pending);
        pending.waiting.push_back(Waiting {
            request: request.clone(),
            items: order,
            alone: false,
        });
        let schedule = !std::mem::replace(&mut pending.scheduled, true);
        Ok((request, schedule))
    }

    /// Puts the queue in the executor's line. One that takes nothing more fails the requests that were made for it; those
    /// made since the library was started anew run on theirs.
    pub(super) fn schedule(self: &Arc<Self>, mut executor: Arc<Executor>) {
        while let Err(why) = executor.push(self.clone()) {
            let mut pending = lock(&self.pending);
            let (refused, left): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut pending.waiting)
                .into_iter()
                .partition(|w| Arc::ptr_eq(&w.request.executor, &executor));
            pending.waiting = left;
            let next = pending.waiting.front().map(|w| w.request.executor.clone());
            pending.scheduled = next.is_some();
            drop(pending);
            refused.iter().for_each(|w| w.request.fail(&why));
            let Some(next) = next else { return };
            executor = next;
        }
    }

    /// The items in the order in which they are to run, from the end.
    fn order(&self, items: &[B::Item]) -> Result<Vec<Item>> {
        let mut order = Vec::new();
        order
            .try_reserve_exact(items.len())
            .map_err(|_| no_memory(items.len()))?;
        let (most, shapes) = (self.batcher.max_length(), self.batcher.shapes());
        order.extend(items.iter().enumerate().map(|(place, item)| {
            let length = self.batcher.length(item);
            Item {
                length,
                place: Reverse(place),
                padded: plan::padded(length, most, shapes),
            }
        }));
        order.sort_unstable();
        Ok(order)
    }

    /// Forms the next batch around the longest item of the request at the front, or of all that waits; nothing if nobody waits.
    fn form(&self) -> Option<Batch<B>> {
        let (budget, overhead, shapes) = (self.batcher.budget(), self.batcher.overhead(), self.batcher.shapes());
        let mut pending = lock(&self.pending);
        let (waiting, left): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut pending.waiting)
            .into_iter()
            .partition(|w| w.request.wanted());
        pending.waiting = waiting;
        let Some((own, alone)) = pending
            .waiting
            .front()
            .and_then(|leader| Some((leader.items.last()?.padded, leader.alone)))
        else {
            pending.scheduled = false;
            drop(pending);
            drop(left);
            return None;
        };

        // Of all requests, the items that fit: the longest first, the leader's before the others' of the same length.
        let sharing = |who: usize, waiting: &Waiting<B>| who == 0 || !(alone || waiting.alone);
        let length = pending.all_at_once(sharing, budget, overhead, shapes).unwrap_or(own);
        let most = plan::capacity(length, budget, shapes);
        let mut fitting: Vec<(usize, usize)> = Vec::new();
        for (who, waiting) in pending.waiting.iter().enumerate().filter(|(who, w)| sharing(*who, w)) {
            let (_, fit) = waiting.fitting(length);
            fitting.extend(fit.iter().rev().take(most).map(|item| (item.padded, who)));
        }
        fitting.sort_by_key(|(padded, _)| Reverse(*padded));
        let lengths: Vec<usize> = fitting.iter().map(|(padded, _)| *padded).collect();
        let cut = plan::cut(&lengths, budget, overhead, shapes);

        let mut shares = vec![0; pending.waiting.len()];
        fitting.iter().take(cut.items).for_each(|(_, who)| shares[*who] += 1);
        let mut items = Vec::with_capacity(cut.items);
        for (waiting, share) in pending.waiting.iter_mut().zip(shares).filter(|(_, share)| *share > 0) {
            let (end, _) = waiting.fitting(length);
            let request = &waiting.request;
            items.extend(
                waiting
                    .items
                    .drain(end - share..end)
                    .rev()
                    .map(|item| (request.clone(), item)),
            );
        }
        pending.waiting.rotate_left(1);
        pending.waiting.retain(|w| !w.items.is_empty());
        drop(pending);
        drop(left); // the items of callers who are gone: dropped outside the lock
        Some(Batch {
            items,
            rows: cut.rows,
            length,
        })
    }

    fn run(&self, batch: Batch<B>) {
        let items: Vec<&B::Item> = batch
            .items
            .iter()
            .filter_map(|(request, item)| request.items.get(item.place.0))
            .collect();
        let rows = guarded(|| self.batcher.run(&items, batch.rows, batch.length));
        let rows = rows.and_then(|rows| match rows.len() == items.len() {
            true => Ok(rows),
            false => Err(Error::Internal(format!(
                "a batch of {} items gave {} rows",
                items.len(),
                rows.len()
            ))),
        });
        match rows {
            Ok(rows) => batch
                .items
                .iter()
                .zip(rows)
                .for_each(|((request, item), row)| request.deliver(item.place.0, row)),
            Err(why) if batch.is_shared() && !matches!(why, Error::Cancelled(_)) => self.separate(batch),
            Err(why) => batch.items.iter().for_each(|(request, _)| request.fail(&why)),
        }
    }

    /// Puts the items of a failed batch back, each request's by itself: one caller's bad item is not another's failure.
    fn separate(&self, batch: Batch<B>) {
        let mut pending = lock(&self.pending);
        for (request, item) in batch.items {
            let known = pending.waiting.iter().position(|w| Arc::ptr_eq(&w.request, &request));
            if known.is_none() {
                pending.waiting.push_front(Waiting {
                    request,
                    items: Vec::new(),
                    alone: true,
                });
            }
            if let Some(waiting) = pending.waiting.get_mut(known.unwrap_or(0)) {
                waiting.alone = true;
                let at = waiting.items.partition_point(|other| *other < item);
                waiting.items.insert(at, item);
            }
        }
    }
}

impl<B: Batcher> Step for Queue<B> {
    /// Runs one batch.
    fn step(&self) -> bool {
        let Some(batch) = self.form() else { return false };
        self.run(batch);
        let mut pending = lock(&self.pending);
        pending.scheduled = !pending.waiting.is_empty();
        pending.scheduled
    }

    fn abandon(&self, why: &Error) {
        let mut pending = lock(&self.pending);
        let waiting = std::mem::take(&mut pending.waiting);
        pending.scheduled = false;
        drop(pending);
        waiting.iter().for_each(|w| w.request.fail(why));
    }
}

impl<B: Batcher> Pending<B> {
    /// The length of a batch of all that waits, if that is the best one. Whoever leads is joined by longer items, too, then.
    fn all_at_once(
        &self,
        sharing: impl Fn(usize, &Waiting<B>) -> bool,
        budget: usize,
        overhead: usize,
        shapes: Shapes,
    ) -> Option<usize> {
        let waiting = || {
            self.waiting
                .iter()
                .enumerate()
                .filter(|(who, w)| sharing(*who, w))
                .map(|(_, w)| w)
        };
        // Each item has a token, so that more of them are never one batch: there is nothing to sort.
        if shapes != Shapes::Ragged || waiting().map(|w| w.items.len()).sum::<usize>() > budget {
            return None;
        }
        let mut lengths: Vec<usize> = waiting().flat_map(|w| &w.items).map(|item| item.padded).collect();
        lengths.sort_unstable_by_key(|length| Reverse(*length));
        plan::all_at_once(&lengths, budget, overhead, shapes)
    }
}

impl<B: Batcher> Waiting<B> {
    /// The items no longer than `length` once padded, and their number.
    fn fitting(&self, length: usize) -> (usize, &[Item]) {
        let end = self.items.partition_point(|item| item.padded <= length);
        (end, self.items.get(..end).unwrap_or_default())
    }
}

impl<B: Batcher> Batch<B> {
    fn is_shared(&self) -> bool {
        self.items
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if !Arc::ptr_eq(&a.0, &b.0)))
    }
}
