//! Requests and batches.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::*;
use crate::control::{Call, Control, Stage};
use crate::engine::{lifecycle::Place, Queue};
use crate::torch::Device;

type Answer = JoinHandle<Result<Vec<u64>>>;

fn submit(queue: &Arc<Queue<Doubler>>, items: Vec<(usize, u64)>) -> Answer {
    let queue = queue.clone();
    thread::spawn(move || queue.submit(items, &Call::unwatched()))
}

/// A queue whose thread is held in a batch with the one item (8, 0) until the gate opens.
fn busy_queue() -> (Arc<Queue<Doubler>>, Arc<Gate>, Answer) {
    busy_queue_of(Shapes::Few)
}

fn busy_queue_of(shapes: Shapes) -> (Arc<Queue<Doubler>>, Arc<Gate>, Answer) {
    let gate = Gate::new();
    let doubler = Doubler {
        shapes,
        ..Doubler::new(&gate)
    };
    let queue = Queue::on(engine(), Device::Cpu, doubler);
    let first = submit(&queue, vec![(8, 0)]);
    gate.wait_for(1);
    (queue, gate, first)
}

#[test]
fn rows_come_back_in_the_items_order() {
    let queue = Queue::on(engine(), Device::Cpu, Doubler::open());
    let items: Vec<_> = (0..500u64).map(|i| (1 + (i * 37 % 101) as usize, i)).collect();
    let rows = queue.submit(items, &Call::unwatched()).unwrap();
    assert_eq!(rows, (0..500).map(|i| 2 * i).collect::<Vec<_>>());
    let lengths: Vec<_> = queue.batcher().batches().iter().map(|b| b.2).collect();
    assert!(
        lengths.is_sorted_by(|a, b| a >= b),
        "the longest run first: {lengths:?}"
    );
    assert_eq!(queue.submit(vec![], &Call::unwatched()), Ok(vec![]));
}

#[test]
fn when_idle_a_call_is_cut_by_its_input_alone() {
    let queue = Queue::on(engine(), Device::Cpu, Doubler::open());
    let items: Vec<_> = (0..77u64).map(|i| (1 + (i * 31 % 90) as usize, i)).collect();
    let cuts: Vec<_> = (0..3)
        .map(|_| {
            lock(&queue.batcher().batches).clear();
            queue.submit(items.clone(), &Call::unwatched()).unwrap();
            queue.batcher().batches()
        })
        .collect();
    assert!(cuts[0] == cuts[1] && cuts[1] == cuts[2]);
}

#[test]
fn concurrent_calls_meet_in_one_batch() {
    let (queue, gate, first) = busy_queue();
    let calls: Vec<_> = (1..=16).map(|i| submit(&queue, vec![(5, i)])).collect();
    until(|| queue.waiting() == 16);
    gate.open();
    for (call, i) in calls.into_iter().zip(1..) {
        assert_eq!(call.join().unwrap(), Ok(vec![2 * i]));
    }
    assert_eq!(first.join().unwrap(), Ok(vec![0]));
    let batches = queue.batcher().batches();
    assert_eq!(batches.len(), 2, "{batches:?}");
    assert_eq!((batches[1].1, batches[1].2), (16, 8));
}

#[test]
fn calls_of_all_lengths_are_one_batch_where_padding_is_not_computed() {
    let lengths = [3, 60, 17, 25, 9, 31];
    for shapes in [Shapes::Any, Shapes::Ragged] {
        let (queue, gate, first) = busy_queue_of(shapes);
        let mut calls = Vec::new();
        for (length, i) in lengths.into_iter().zip(1..) {
            calls.push(submit(&queue, vec![(length, i)]));
            until(|| queue.waiting() == i as usize);
        }
        gate.open();
        for (call, i) in calls.into_iter().zip(1..) {
            assert_eq!(call.join().unwrap(), Ok(vec![2 * i]));
        }
        first.join().unwrap().unwrap();
        let batches = queue.batcher().batches();
        if shapes == Shapes::Ragged {
            assert_eq!(batches.len(), 2, "{batches:?}");
            assert_eq!((batches[1].1, batches[1].2), (6, 60));
        } else {
            // Whoever came first leads, and is joined by none that is longer.
            assert!(batches.len() > 2, "{batches:?}");
            assert_eq!((batches[1].1, batches[1].2), (1, 3));
        }
    }
}

#[test]
fn a_short_call_does_not_wait_for_a_long_one_to_end() {
    let (queue, gate, first) = busy_queue();
    let long = submit(&queue, (1..=200).map(|i| (250, i)).collect());
    until(|| queue.waiting() == 1);
    let short = submit(&queue, vec![(8, 999)]);
    until(|| queue.waiting() == 2);
    gate.open();
    assert_eq!(short.join().unwrap(), Ok(vec![1998]));
    assert_eq!(long.join().unwrap().unwrap().len(), 200);
    first.join().unwrap().unwrap();
    let batches = queue.batcher().batches();
    let turn = batches.iter().position(|b| b.0.contains(&999)).unwrap();
    assert_eq!(
        turn, 2,
        "the second request leads the second batch after the one that held the thread: {batches:?}"
    );
}

#[test]
fn queues_and_jobs_take_turns() {
    let gate = Gate::new();
    let engine = engine();
    let queue = Queue::on(engine, Device::Cpu, Doubler::new(&gate));
    let long = submit(&queue, (1..=50).map(|i| (250, i)).collect());
    gate.wait_for(1);
    let (batcher, other) = (queue.clone(), Queue::on(engine, Device::Cpu, Doubler::open()));
    let second = submit(&other, vec![(8, 7)]);
    let job = thread::spawn(move || {
        engine.compute(Device::Cpu, &Call::unwatched(), move |_| {
            Ok(batcher.batcher().batches().len())
        })
    });
    let executor = engine.executor(Place::Compute(Device::Cpu)).unwrap();
    until(|| executor.waiting() == 2);
    gate.open();
    assert!(second.join().unwrap().is_ok());
    assert_eq!(
        job.join().unwrap(),
        Ok(1),
        "the job ran after one batch of the long call, not after all of them"
    );
    assert_eq!(long.join().unwrap().unwrap().len(), 50);
}

#[test]
fn a_cancelled_call_returns_while_its_batch_runs_and_the_rest_never_does() {
    let gate = Gate::new();
    let queue = Queue::on(engine(), Device::Cpu, Doubler::new(&gate));
    let control = Control::new();
    let (cancelled, call) = (queue.clone(), control.call());
    let cancelled = thread::spawn(move || cancelled.submit((0..10).map(|i| (250, i)).collect(), &call));
    gate.wait_for(1);
    control.cancel();
    assert!(
        matches!(cancelled.join().unwrap(), Err(Error::Cancelled(_))),
        "it returned though the gate is shut"
    );
    assert!(matches!(
        queue.submit(vec![(8, 1)], &control.call()),
        Err(Error::Cancelled(_))
    ));
    gate.open();
    assert_eq!(queue.submit(vec![(8, 5)], &Call::unwatched()), Ok(vec![10]));
    assert_eq!(
        queue.batcher().batches().len(),
        2,
        "one batch of the cancelled call, one of the other"
    );
}

#[test]
fn a_timeout_returns_while_the_batch_runs() {
    let (queue, gate, first) = busy_queue();
    let control = Control::new();
    control.set_timeout(5);
    assert!(matches!(
        queue.submit(vec![(8, 1)], &control.call()),
        Err(Error::Timeout(_))
    ));
    gate.open();
    assert_eq!(first.join().unwrap(), Ok(vec![0]));
}

#[test]
fn one_callers_bad_item_fails_no_other_call() {
    for bad in [BAD, PANICKING] {
        let (queue, gate, first) = busy_queue();
        let good: Vec<_> = (1..=6).map(|i| submit(&queue, vec![(5, i), (3, 100 + i)])).collect();
        let failing = submit(&queue, vec![(5, 50), (5, bad)]);
        until(|| queue.waiting() == 7);
        gate.open();
        match (bad, failing.join().unwrap()) {
            (BAD, Err(Error::BadModel(text))) => assert_eq!(text, "the model does not like this"),
            (PANICKING, Err(Error::Internal(text))) => assert!(text.contains("the model panicked"), "{text}"),
            other => panic!("{other:?}"),
        }
        for (call, i) in good.into_iter().zip(1..) {
            assert_eq!(call.join().unwrap(), Ok(vec![2 * i, 200 + 2 * i]));
        }
        assert_eq!(first.join().unwrap(), Ok(vec![0]));
        assert!(
            queue
                .batcher()
                .batches()
                .iter()
                .any(|b| b.0.contains(&bad) && b.0.len() > 2),
            "they did share a batch"
        );
        assert_eq!(
            queue.submit(vec![(8, 4)], &Call::unwatched()),
            Ok(vec![8]),
            "the thread lives on"
        );
    }
}

#[test]
fn a_batcher_that_loses_a_row_is_an_error() {
    struct Loser;
    impl Batcher for Loser {
        type Item = ();
        type Row = ();
        fn length(&self, _: &()) -> usize {
            1
        }
        fn budget(&self) -> usize {
            64
        }
        fn run(&self, _: &[&()], _: usize, _: usize) -> Result<Vec<()>> {
            Ok(vec![()])
        }
    }
    let queue = Queue::on(engine(), Device::Cpu, Loser);
    assert_eq!(queue.submit(vec![()], &Call::unwatched()), Ok(vec![()]));
    assert!(matches!(
        queue.submit(vec![(), ()], &Call::unwatched()),
        Err(Error::Internal(_))
    ));
}

#[test]
fn progress_counts_rows() {
    let queue = Queue::on(engine(), Device::Cpu, Doubler::open());
    let control = Control::new();
    queue
        .submit((0..30).map(|i| (20, i)).collect(), &control.call())
        .unwrap();
    assert_eq!(control.progress(), (Stage::Computing as i32, 30, 30));
}

#[test]
fn waiting_for_its_own_thread_is_an_error() {
    let engine = engine();
    let queue = Queue::on(engine, Device::Cpu, Doubler::open());
    let nested = engine.compute(Device::Cpu, &Call::unwatched(), move |call| {
        queue.submit(vec![(8, 1)], call)
    });
    assert!(matches!(nested, Err(Error::Internal(_))));
}

#[test]
fn a_caller_from_before_a_shutdown_fails_alone() {
    let engine = engine();
    let queue = Queue::on(engine, Device::Cpu, Doubler::open());
    let (place, call) = (Place::Compute(Device::Cpu), Call::unwatched());
    let before = engine.executor(place).unwrap();
    engine.shutdown(None).unwrap();
    let (late, schedule) = queue.enqueue(&before, vec![(8, 1)], &call).unwrap();
    let after = engine.executor(place).unwrap();
    let (good, again) = queue.enqueue(&after, vec![(8, 2)], &call).unwrap();
    assert!(schedule && !again, "the late caller is to schedule both");
    queue.schedule(before);
    assert!(matches!(late.outcome(), Some(Err(Error::Cancelled(_)))));
    assert_eq!(call.wait(&good.waiter, || good.outcome()), Ok(Ok(vec![4])));
    assert_eq!(queue.submit(vec![(8, 3)], &call), Ok(vec![6]));
}

#[test]
fn many_threads_get_their_own_rows() {
    let engine = engine();
    let queues: Vec<_> = (0..3)
        .map(|_| Queue::on(engine, Device::Cpu, Doubler::open()))
        .collect();
    let threads: Vec<_> = (0..12u64)
        .map(|t| {
            let queue = queues[t as usize % 3].clone();
            thread::spawn(move || {
                for round in 0..50u64 {
                    let items: Vec<_> = (0..1 + (t + round) % 9)
                        .map(|i| (1 + (7 * i + round) as usize % 60, 1000 * t + 10 * round + i))
                        .collect();
                    let expected: Vec<_> = items.iter().map(|i| 2 * i.1).collect();
                    assert_eq!(queue.submit(items, &Call::unwatched()), Ok(expected));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}
