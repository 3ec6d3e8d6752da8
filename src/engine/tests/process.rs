//! Fork and exit, each in a process of its own: they concern all of it.

use std::process::{Command, Output, Stdio};
use std::sync::{mpsc, Arc, Mutex};

use crate::engine;
use crate::torch::{process::fork_and_wait, Device};
use crate::{control::Call, error::Error};

/// Runs the test `name` of this file in a process of its own; `None` in that process.
fn alone(name: &str) -> Option<Output> {
    const ALONE: &str = "GLYXEL_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return None;
    }
    // Test names begin after the crate's.
    let (_, module) = module_path!().split_once("::").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            &format!("{module}::{name}"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(ALONE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test\n"), "{name} was not found: {said}");
    Some(output)
}

fn refused() -> bool {
    let call = Call::unwatched();
    let results = [
        engine::check_process(),
        engine::enter().map(drop),
        engine::compute(Device::Cpu, &call, |_| Ok(())),
        engine::background(&call, |_| Ok(())),
        engine::map(&call, vec![1], |n, _| Ok(n)).map(drop),
        engine::shutdown(None),
    ];
    engine::drop_on_compute(Device::Cpu, vec![1]);
    results.iter().all(|r| matches!(r, Err(Error::Unsupported(_))))
}

fn usable() -> bool {
    let _inside = engine::enter();
    engine::map(&Call::unwatched(), vec![1, 2], |n, _| Ok(n * 2)) == Ok(vec![2, 4])
}

#[test]
fn a_forked_child_gets_an_error_and_exits_cleanly() {
    if let Some(output) = alone("a_forked_child_gets_an_error_and_exits_cleanly") {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    engine::compute(Device::Cpu, &Call::unwatched(), |_| Ok(())).unwrap();
    assert!(fork_and_wait(refused));
    engine::compute(Device::Cpu, &Call::unwatched(), |_| Ok(())).unwrap();
}

#[test]
fn a_child_forked_before_the_first_use_may_use_the_library() {
    if let Some(output) = alone("a_child_forked_before_the_first_use_may_use_the_library") {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    assert!(fork_and_wait(usable));
    drop(engine::enter().unwrap());
    assert!(fork_and_wait(usable), "a caller who has left holds no lock");
}

#[test]
fn a_child_forked_while_a_caller_is_inside_gets_an_error() {
    if let Some(output) = alone("a_child_forked_while_a_caller_is_inside_gets_an_error") {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let inside = engine::enter().unwrap();
    assert!(fork_and_wait(refused));
    drop(inside);
    assert!(usable(), "the parent goes on");
}

#[test]
fn exit_waits_for_the_running_job_and_cancels_the_others() {
    if let Some(output) = alone("exit_waits_for_the_running_job_and_cancels_the_others") {
        assert_eq!(output.status.code(), Some(7), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains("the running job saw the end") && !said.contains("a waiting job ran"),
            "{said}"
        );
        return;
    }
    let (entered, wait_entered) = mpsc::channel();
    let entered = Arc::new(Mutex::new(entered));
    for waiting in [false, true, true] {
        let entered = entered.clone();
        std::thread::spawn(move || {
            engine::compute(Device::Cpu, &Call::unwatched(), move |call| {
                if waiting {
                    eprintln!("a waiting job ran");
                    return Ok(());
                }
                entered.lock().unwrap().send(()).unwrap();
                while call.check().is_ok() {
                    std::thread::yield_now();
                }
                eprintln!("the running job saw the end");
                Ok(())
            })
        });
        if !waiting {
            wait_entered.recv().unwrap();
        }
    }
    std::process::exit(7);
}
