//! Each processor computes with one set of instructions. A variable leaves the newer ones out, before the process computes anything: so every set
//! that a machine has, and what libtorch does where there is none, go through the same tests.

use std::process::Command;

use glyxel::torch::{kernels, Precision};

use super::processor::{available, chosen, left_out, sets};

fn passes_without(instructions: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--skip", "passes_without"])
        .env("GLYXEL_WITHOUT", instructions)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        output.status.success(),
        "{}, without {instructions}:\n{said}",
        output.status
    );
    assert!(said.contains("it_computes_with_what_is_left ... ok"), "{said}");
}

#[test]
fn each_set_passes_without_the_newer_ones() {
    // Without the oldest there is none.
    sets().into_iter().rev().for_each(passes_without);
}

#[test]
fn it_computes_with_what_is_left() {
    for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
        let set = kernels(precision);
        assert_eq!(set.is_some(), available(precision), "{precision:?}: {set:?}");
        assert!(set.is_none_or(|set| !left_out(set)), "{precision:?}: {set:?}");
    }
    assert_eq!(kernels(Precision::F32), chosen());
}
