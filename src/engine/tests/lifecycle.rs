//! Jobs, the pool, and the beginning and end of threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::*;
use crate::control::{Call, Control};
use crate::engine::{lifecycle::Place, Queue};
use crate::torch::Device;

const CPU: Device = Device::Cpu;
const GPU: Device = Device::Cuda(0);

fn call() -> Call {
    Call::unwatched()
}

fn here(_: &Call) -> Result<(ThreadId, Option<String>)> {
    let thread = thread::current();
    Ok((thread.id(), thread.name().map(str::to_owned)))
}

#[test]
fn each_device_has_one_named_thread() {
    let engine = engine();
    let (cpu, gpu) = (
        engine.compute(CPU, &call(), here).unwrap(),
        engine.compute(GPU, &call(), here).unwrap(),
    );
    assert_eq!(
        (cpu.1.as_deref(), gpu.1.as_deref()),
        (Some("glyxel-cpu"), Some("glyxel-cuda-0"))
    );
    assert_eq!(engine.compute(CPU, &call(), here), Ok(cpu.clone()));
    let nested = engine.compute(CPU, &call(), move |c| engine.compute(CPU, c, here));
    assert_eq!(nested, Ok(cpu), "a job of the same device runs right there");
    assert!(engine
        .background(&call(), here)
        .unwrap()
        .1
        .unwrap()
        .starts_with("glyxel-loader-"));
}

#[test]
fn a_panic_in_a_job_is_an_error_and_the_thread_lives_on() {
    let engine = engine();
    let thread = engine.compute(CPU, &call(), here);
    for _ in 0..3 {
        let Err(Error::Internal(text)) = engine.compute::<()>(CPU, &call(), |_| panic!("out of cheese")) else {
            panic!()
        };
        assert!(text.contains("out of cheese"), "{text}");
        assert!(matches!(
            engine.background::<()>(&call(), |_| panic!("no")),
            Err(Error::Internal(_))
        ));
    }
    assert_eq!(engine.compute(CPU, &call(), here), thread);
}

#[test]
fn map_keeps_the_order_and_names_the_first_error() {
    let engine = engine();
    engine.set_threads(4).unwrap();
    let squares = engine.map(&call(), (0..1000u64).collect(), |n| Ok(n * n)).unwrap();
    assert_eq!(squares, (0..1000).map(|n| n * n).collect::<Vec<u64>>());
    assert_eq!(engine.map(&call(), Vec::<u8>::new(), Ok), Ok(vec![]));
    for _ in 0..50 {
        let odd = |n: u64| {
            if n >= 10 && n % 2 == 1 {
                Err(Error::BadModel(n.to_string()))
            } else {
                Ok(n)
            }
        };
        assert_eq!(
            engine.map(&call(), (0..1000).collect(), odd),
            Err(Error::BadModel("11".into()))
        );
    }
    // The first item fails last.
    let failed = AtomicBool::new(false);
    let late_first = engine.map(&call(), vec!["first", "second"], move |name| {
        if name == "first" {
            until(|| failed.load(Ordering::SeqCst));
            thread::sleep(Duration::from_millis(20));
        }
        failed.store(true, Ordering::SeqCst);
        Err::<(), _>(Error::BadModel(name.into()))
    });
    assert_eq!(late_first, Err(Error::BadModel("first".into())));
    let panicking = engine.map(&call(), vec![1, 2, 3], |n| if n == 2 { panic!("two") } else { Ok(n) });
    assert!(matches!(panicking, Err(Error::Internal(_))));
}

#[test]
fn a_pool_of_one_thread_can_be_nested() {
    let engine = engine();
    engine.set_threads(1).unwrap();
    let nested = engine.background(&call(), move |c| {
        let inner = c.clone();
        let sums = engine.map(c, vec![1u64, 2, 3], move |n| {
            Ok(engine.map(&inner, (0..n).collect(), Ok)?.iter().sum::<u64>())
        })?;
        engine.background(c, move |c| engine.compute(CPU, c, move |_| Ok(sums)))
    });
    assert_eq!(nested, Ok(vec![0, 1, 3]));
}

#[test]
fn long_jobs_that_wait_hold_up_nobody() {
    let engine = engine();
    engine.set_threads(1).unwrap();
    let gate = Gate::new();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let held = gate.clone();
            thread::spawn(move || {
                engine.background(&call(), move |_| {
                    held.pass();
                    Ok(())
                })
            })
        })
        .collect();
    gate.wait_for(3);
    assert_eq!(engine.map(&call(), vec![1, 2], Ok), Ok(vec![1, 2]));
    gate.open();
    waiting.into_iter().for_each(|w| w.join().unwrap().unwrap());
}

#[test]
fn a_cancelled_job_is_left_behind_and_a_waiting_one_never_runs() {
    let engine = engine();
    let (gate, control, ran) = (Gate::new(), Control::new(), Arc::new(AtomicBool::new(false)));
    let (held, running) = (gate.clone(), control.call());
    let running = thread::spawn(move || {
        engine.compute(CPU, &running, move |_| {
            held.pass();
            Ok(())
        })
    });
    gate.wait_for(1);
    let (noted, waiting) = (ran.clone(), control.call());
    let waiting = thread::spawn(move || {
        engine.compute(CPU, &waiting, move |_| {
            noted.store(true, Ordering::SeqCst);
            Ok(())
        })
    });
    let executor = engine.executor(Place::Compute(CPU)).unwrap();
    until(|| executor.waiting() == 1);
    control.cancel();
    assert!(matches!(running.join().unwrap(), Err(Error::Cancelled(_))));
    assert!(matches!(waiting.join().unwrap(), Err(Error::Cancelled(_))));
    gate.open();
    engine.compute(CPU, &call(), |_| Ok(())).unwrap();
    assert!(!ran.load(Ordering::SeqCst));
}

#[test]
fn a_device_that_cannot_be_had_says_so_and_is_tried_again() {
    static ABSENT: AtomicBool = AtomicBool::new(true);
    let prepare = |device, _| match device {
        GPU if ABSENT.load(Ordering::SeqCst) => Err(Error::Device("there is no such device".into())),
        _ => Ok(()),
    };
    let engine = engine_with(Hooks { enter: || (), prepare });
    let queue = Queue::on(engine, GPU, Doubler::open());
    for _ in 0..3 {
        assert_eq!(
            engine.compute(GPU, &call(), |_| Ok(())),
            Err(Error::Device("there is no such device".into()))
        );
        assert_eq!(
            queue.submit(vec![(1, 1)], &call()),
            Err(Error::Device("there is no such device".into()))
        );
    }
    ABSENT.store(false, Ordering::SeqCst);
    assert_eq!(queue.submit(vec![(1, 1)], &call()), Ok(vec![2]));
    assert_eq!(engine.shutdown(None), Ok(()));
}

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
    assert!(engine.set_threads(2).is_err());

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
                        engine.map(&call(), vec![n; 20], Ok).map(|m| m == [n; 20]),
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
    assert!(matches!(engine.map(&call(), vec![1], Ok), Err(Error::Cancelled(_))));
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
