//! Jobs and the pool.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use crate::control::{Call, Control};
use crate::engine::{lifecycle::Place, Queue};

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
    let squares = engine.map(&call(), (0..1000u64).collect(), |n, _| Ok(n * n)).unwrap();
    assert_eq!(squares, (0..1000).map(|n| n * n).collect::<Vec<u64>>());
    assert_eq!(engine.map(&call(), Vec::<u8>::new(), |n, _| Ok(n)), Ok(vec![]));
    for _ in 0..50 {
        let odd = |n: u64, _: &Call| {
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
    let late_first = engine.map(&call(), vec!["first", "second"], move |name, _| {
        if name == "first" {
            until(|| failed.load(Ordering::SeqCst));
            thread::sleep(Duration::from_millis(20));
        }
        failed.store(true, Ordering::SeqCst);
        Err::<(), _>(Error::BadModel(name.into()))
    });
    assert_eq!(late_first, Err(Error::BadModel("first".into())));
    let panicking = engine.map(
        &call(),
        vec![1, 2, 3],
        |n, _| if n == 2 { panic!("two") } else { Ok(n) },
    );
    assert!(matches!(panicking, Err(Error::Internal(_))));
}

#[test]
fn a_pool_of_one_thread_can_be_nested() {
    let engine = engine();
    engine.set_threads(1).unwrap();
    let nested = engine.background(&call(), move |c| {
        let sums = engine.map(c, vec![1u64, 2, 3], move |n, inner| {
            Ok(engine.map(inner, (0..n).collect(), |n, _| Ok(n))?.iter().sum::<u64>())
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
    assert_eq!(engine.map(&call(), vec![1, 2], |n, _| Ok(n)), Ok(vec![1, 2]));
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
fn what_is_done_beside_a_job_is_done_before_it_ends() {
    let (engine, gate) = (engine(), Gate::new());
    let waits = gate.clone();
    let job = move |_: &Call| {
        waits.pass();
        Ok(1)
    };
    let meanwhile = || {
        // The job has begun, and ends only after this.
        gate.wait_for(1);
        gate.open();
        Ok(2)
    };
    assert_eq!(engine.compute_beside(Device::Cpu, &call(), job, meanwhile), Ok((1, 2)));
    // On the device's own thread one after the other.
    let nested = engine.compute(Device::Cpu, &call(), |call| {
        engine.compute_beside(Device::Cpu, call, |_| Ok(1), || Ok(2))
    });
    assert_eq!(nested, Ok((1, 2)));
}

#[test]
fn of_two_errors_that_of_what_was_done_beside_the_job_counts() {
    let engine = engine();
    let failed = |what: &str| Err::<(), _>(Error::Internal(what.into()));
    let job = move |_: &Call| failed("the job");
    assert_eq!(
        engine.compute_beside(Device::Cpu, &call(), job, move || failed("beside it")),
        Err(Error::Internal("beside it".into()))
    );
    assert_eq!(
        engine.compute_beside(Device::Cpu, &call(), job, || Ok(())),
        Err(Error::Internal("the job".into()))
    );
    let panicked = engine.compute_beside(Device::Cpu, &call(), |_| Ok(()), || -> Result<()> { panic!("a bug") });
    assert!(matches!(panicked, Err(Error::Internal(_))));
    assert_eq!(engine.compute(Device::Cpu, &call(), |_| Ok(3)), Ok(3));
}
