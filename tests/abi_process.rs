//! C programs against libglyxel.so: how a process ends, forks, shuts down and unloads while it embeds; and programs built
//! against older headers.

#[path = "support/c_programs.rs"]
mod c_programs;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use c_programs::{library, root};

/// How often each way to end is tried, at another moment each time.
const TIMES: u64 = 50;

fn model() -> PathBuf {
    root().join("tests/fixtures/bert/st_mean")
}

/// A cache that the programs of one run share: the first converts, the others load what it wrote.
fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abi_process");
        let _ = std::fs::remove_dir_all(&cache);
        std::fs::create_dir_all(&cache).unwrap();
        cache
    })
}

/// tests/c/NAME.c
fn compile(name: &str) -> PathBuf {
    c_programs::compile(&format!("tests/c/{name}.c"), cache())
}

/// Runs a program that must end by itself, well, and without a word.
#[track_caller]
fn run(program: &Path, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .env_remove("GLYXEL_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        output.status.success(),
        "{} {arguments:?} ended with {}: {said}",
        program.display(),
        output.status
    );
    assert!(said.is_empty(), "{} {arguments:?} printed: {said}", program.display());
}

fn old_binary() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compile("old_binary"))
}

fn lifecycle(mode: &str, times: u64) {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| compile("lifecycle"));
    for i in 0..times {
        // From at once to well into the work.
        let delay = (i * i * 37 % 60_000).to_string();
        run(
            program,
            &[mode, model().to_str().unwrap(), cache().to_str().unwrap(), &delay],
        );
    }
}

#[test]
fn a_process_that_exits_while_threads_embed() {
    lifecycle("exit", TIMES);
    lifecycle("return", 5);
}

#[test]
fn a_process_that_forks_while_threads_embed() {
    lifecycle("fork", TIMES);
}

#[test]
fn a_process_that_shuts_down_while_threads_embed() {
    lifecycle("shutdown", TIMES);
}

#[test]
fn a_process_that_does_not_wait_for_its_shutdown() {
    lifecycle("impatient", TIMES);
}

#[test]
fn a_program_of_an_older_header_still_works() {
    run(old_binary(), &[model().to_str().unwrap(), cache().to_str().unwrap()]);
}

/// Processes that load one checkpoint at once: one converts it, and the others wait and load what it wrote.
#[test]
fn a_checkpoint_is_converted_by_one_process() {
    let cache = cache().join("at once");
    let processes: Vec<_> = (0..4)
        .map(|_| {
            Command::new(old_binary())
                .args([&model(), &cache])
                .env("GLYXEL_LOG", "info")
                .stdin(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut conversions = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", output.status);
        conversions += said.matches("converting ").count();
    }
    assert_eq!(conversions, 1);
    let files: Vec<_> = std::fs::read_dir(cache.join("bundles"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let count = |extension: &str| {
        files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == extension))
            .count()
    };
    assert_eq!((count("pt"), count("part")), (1, 0), "{files:?}");
}

#[test]
fn a_library_that_is_closed_while_its_threads_live() {
    let library = library();
    run(
        &compile("unload"),
        &[
            library.to_str().unwrap(),
            model().to_str().unwrap(),
            cache().to_str().unwrap(),
        ],
    );
}
