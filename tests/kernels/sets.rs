//! Each processor computes with one set of instructions. A variable leaves the newer ones out, before the process computes anything: so every set
//! that a machine has, and what libtorch does where there is none, go through the same tests.

use std::process::Command;

fn passes_without(instructions: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--skip", "sets::"])
        .env("GLYXEL_WITHOUT", instructions)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "without {instructions}:\n{said}");
    assert!(said.contains("test result: ok"), "{said}");
}

#[test]
fn the_kernels_of_avx2() {
    passes_without("avx512");
}

#[test]
fn no_kernels_of_our_own() {
    passes_without("avx512,avx2");
}
