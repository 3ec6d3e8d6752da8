//! The beginning and the end of threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::*;
use crate::control::Call;
use crate::engine::Queue;

#[test]
fn shutdown_cancels_what_waits_and_waits_for_what_runs() {
    let engine = engine();
    let (gate, ended) = (Gate::new(), Arc::new(AtomicBool::new(false)));
    let (held, noted) = (gate.clone(), ended.clone());
    let running = thread::spawn(move || {
        engine.compute(CPU, &call(), move |_| {
            held.pass();
            noted.store(true, Ordering::SeqCst);
            Ok(1)
        })
    });
    gate.wait_for(1);
    let queue = Queue::on(engine, CPU, Doubler::open());
    let batch = queue.clone();
    let waiting = [
        thread::spawn(move || batch.submit(vec![(1, 1)], &call()).map(|_| 1)),
        thread::spawn(move || engine.compute(CPU, &call(), |_| Ok(1))),
    ];
    until(|| queue.waiting() == 1);

    let out_of_time = engine.shutdown(Some(Duration::from_millis(1)));
    assert!(matches!(out_of_time, Err(Error::Timeout(_))), "{out_of_time:?}");
    for waiting in waiting {
        assert!(
            matches!(waiting.join().unwrap(), Err(Error::Cancelled(_))),
            "cancelled though a job still runs"
        );
    }
    assert!(matches!(
        engine.compute(CPU, &call(), |_| Ok(())),
        Err(Error::Cancelled(_))
    ));
    assert!(engine.set_threads(2).is_err(), "a job still runs");

    let again = [
        thread::spawn(move || engine.shutdown(None)),
        thread::spawn(move || engine.shutdown(None)),
    ];
    gate.open();
    for again in again {
        assert_eq!(again.join().unwrap(), Ok(()));
    }
    assert!(ended.load(Ordering::SeqCst), "it waited for the job");
    assert_eq!(running.join().unwrap(), Ok(1));
    assert_eq!(
        queue.submit(vec![(1, 21)], &call()),
        Ok(vec![42]),
        "the next use starts anew"
    );
}

#[test]
fn a_shutdown_out_of_time_is_over_when_the_job_has_ended() {
    let engine = engine();
    let gate = Gate::new();
    let held = gate.clone();
    let running = thread::spawn(move || {
        engine.compute(CPU, &call(), move |_| {
            held.pass();
            Ok(1)
        })
    });
    gate.wait_for(1);
    let out_of_time = engine.shutdown(Some(Duration::from_millis(1)));
    assert!(matches!(out_of_time, Err(Error::Timeout(_))), "{out_of_time:?}");
    let queue = Queue::on(engine, CPU, Doubler::open());
    assert!(matches!(queue.submit(vec![(1, 1)], &call()), Err(Error::Cancelled(_))));
    gate.open();
    assert_eq!(running.join().unwrap(), Ok(1));
    // The thread is still on its way out.
    until(|| match queue.submit(vec![(1, 21)], &call()) {
        Ok(rows) => rows == vec![42],
        Err(e) => {
            assert!(matches!(e, Error::Cancelled(_)), "{e:?}");
            false
        }
    });
    assert!(
        matches!(engine.set_threads(2), Err(Error::InvalidArgument(_))),
        "there are threads again"
    );
    assert_eq!(engine.shutdown(None), Ok(()));
}

#[test]
fn a_running_job_sees_the_shutdown() {
    let engine = engine();
    let (entered, wait) = mpsc::channel();
    let job = move |c: &Call| {
        entered.send(()).unwrap();
        until(|| c.check().is_err());
        c.check()
    };
    let running = thread::spawn(move || engine.background(&call(), job));
    wait.recv().unwrap();
    assert_eq!(engine.shutdown(None), Ok(()));
    assert!(matches!(running.join().unwrap(), Err(Error::Cancelled(_))));
}

#[test]
fn shutdown_is_idempotent_and_joins_its_threads() {
    let engine = engine();
    assert_eq!(engine.shutdown(None), Ok(()), "never started");
    let before = engine.compute(CPU, &call(), here).unwrap().0;
    for _ in 0..3 {
        assert_eq!(engine.shutdown(None), Ok(()));
    }
    assert_ne!(engine.compute(CPU, &call(), here).unwrap().0, before);
    let inside = engine.compute(CPU, &call(), move |_| engine.shutdown(None));
    assert!(
        matches!(inside, Err(Error::Internal(_))),
        "it would wait for itself: {inside:?}"
    );
}

#[test]
fn threads_are_set_before_the_first_use() {
    let engine = engine();
    assert!(engine.threads() >= 1);
    assert!(engine.set_threads(0).is_err() && engine.set_threads(1_000_000).is_err());
    engine.set_threads(3).unwrap();
    assert_eq!(engine.threads(), 3);
    engine.background(&call(), |_| Ok(())).unwrap();
    assert!(matches!(engine.set_threads(2), Err(Error::InvalidArgument(_))));
    engine.shutdown(None).unwrap();
    assert_eq!(engine.set_threads(2), Ok(()));
}

#[test]
fn callers_survive_shutdowns_at_any_time() {
    let engine = engine();
    let queue = Queue::on(engine, CPU, Doubler::open());
    let (stop, finished) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..8u64)
        .map(|t| {
            let (queue, stop, finished) = (queue.clone(), stop.clone(), finished.clone());
            thread::spawn(move || {
                for round in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let n = 1000 * t + round % 1000;
                    let results = [
                        queue
                            .submit(vec![(9, n), (3, n + 1)], &call())
                            .map(|rows| rows == [2 * n, 2 * n + 2]),
                        engine.compute(CPU, &call(), move |_| Ok(n)).map(|m| m == n),
                        engine.map(&call(), vec![n; 20], |n, _| Ok(n)).map(|m| m == [n; 20]),
                    ];
                    for result in results {
                        match result {
                            Ok(right) => assert!(right),
                            Err(e) => assert!(matches!(e, Error::Cancelled(_)), "{e:?}"),
                        }
                    }
                    finished.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for _ in 0..100 {
        let seen = finished.load(Ordering::SeqCst);
        until(|| finished.load(Ordering::SeqCst) > seen);
        assert_eq!(engine.shutdown(None), Ok(()));
    }
    stop.store(true, Ordering::SeqCst);
    callers.into_iter().for_each(|c| c.join().unwrap());
    assert_eq!(queue.submit(vec![(1, 3)], &call()), Ok(vec![6]));
}

#[test]
fn after_the_end_every_call_is_cancelled() {
    let engine = engine();
    let queue = Queue::on(engine, CPU, Doubler::open());
    engine.compute(CPU, &call(), |_| Ok(())).unwrap();
    engine.end();
    engine.end();
    assert!(matches!(queue.submit(vec![(1, 1)], &call()), Err(Error::Cancelled(_))));
    assert!(matches!(
        engine.map(&call(), vec![1], |n, _| Ok(n)),
        Err(Error::Cancelled(_))
    ));
    assert_eq!(engine.shutdown(None), Ok(()));
    assert!(matches!(
        engine.background(&call(), |_| Ok(())),
        Err(Error::Cancelled(_))
    ));
    let value = Arc::new(());
    engine.drop_on_compute(CPU, value.clone());
    assert_eq!(
        Arc::strong_count(&value),
        2,
        "libtorch may be gone: the value is left alone"
    );
}

#[test]
fn values_are_dropped_on_their_devices_thread() {
    struct Dropped(mpsc::Sender<ThreadId>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }
    let engine = engine();
    let (sender, dropped) = mpsc::channel();
    engine.drop_on_compute(CPU, Dropped(sender.clone()));
    assert_eq!(
        dropped.recv().unwrap(),
        thread::current().id(),
        "no thread is started for it"
    );
    let (cpu, _) = engine.compute(CPU, &call(), here).unwrap();
    engine.drop_on_compute(CPU, Dropped(sender.clone()));
    assert_eq!(dropped.recv().unwrap(), cpu);
    let value = Dropped(sender);
    let drop_inside = move |_: &Call| {
        engine.drop_on_compute(CPU, value);
        Ok(())
    };
    engine.compute(CPU, &call(), drop_inside).unwrap();
    assert_eq!(dropped.recv().unwrap(), cpu);
}
