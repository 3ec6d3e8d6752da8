//! Ctrl-C and the progress bar.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::support::*;

/// Interrupts a program that is busy embedding without end.
#[cfg(unix)]
fn interrupt(arguments: &[&str], folder: &Path, times: usize) -> Output {
    let mut child = on_fixture("embed", arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || while stdin.write_all(&b"a text of some length\n".repeat(100)).is_ok() {});
    // Busy once it has written something to the temporary file.
    let busy = || {
        std::fs::read_dir(folder)
            .unwrap()
            .any(|e| e.unwrap().metadata().is_ok_and(|m| m.len() > 4096))
    };
    while !busy() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for _ in 0..times {
        // SAFETY: sends a signal to the child, which has not been waited for.
        unsafe { libc::kill(child.id() as i32, libc::SIGINT) };
    }
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_and_leaves_nothing() {
    for name in ["out.npy", "out.jsonl"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join(name);
        let output = interrupt(&["-o", out.to_str().unwrap()], folder.path(), 1);
        assert_eq!(failed(output, 130), "glyxel: cancelled\n");
        assert_eq!(files(folder.path()), [""; 0]);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_program_that_waits_for_its_input() {
    let mut child = on_fixture("embed", &[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A whole chunk: its results show that the next is waited for.
    stdin.write_all("a text\n".repeat(1024).as_bytes()).unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..1024 {
        std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    }
    // SAFETY: as above.
    unsafe { libc::kill(child.id() as i32, libc::SIGINT) };
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.npy");
    let output = interrupt(&["-o", out.to_str().unwrap()], folder.path(), 2);
    assert_eq!(output.status.code(), Some(130));
    assert!(!out.exists());
}

/// Python's pty gives the program a terminal; what it writes there is this output.
#[test]
fn a_terminal_sees_a_bar_that_goes_away_again() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("texts.txt"), folder.path().join("vectors.npy"));
    std::fs::write(&input, "a text that takes its time\n".repeat(100_000)).unwrap();
    let script = "import os, pty, sys; sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))";
    let output = Command::new("python3")
        .args(["-c", script, env!("CARGO_BIN_EXE_glyxel"), "embed"])
        .args([fixture(), input, "-o".into(), out.clone()])
        .env("GLYXEL_CACHE", cache())
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(out.is_file());
    let shown = String::from_utf8_lossy(&output.stdout);
    let (bars, after) = shown.rsplit_once(" texts").expect("a bar counts texts");
    assert!(bars.contains('━'), "{bars}");
    // It is erased at the end, and the terminal holds nothing else.
    assert!(after.ends_with("\u{1b}[2K"), "{after:?}");
}
