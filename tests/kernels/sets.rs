//! Each processor computes with one set of instructions. A variable leaves the newer ones out, before the process computes anything: so every set
//! that a machine has, and what libtorch does where there is none, go through the same tests.

use std::process::Command;

use glyxel::torch::{kernels, Precision};

use super::processor::{available, left_out, packs};

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
fn avx2_passes_without_avx512() {
    passes_without("avx512");
}

#[test]
fn libtorch_passes_without_either() {
    passes_without("avx512,avx2");
}

#[test]
fn it_computes_with_what_is_left() {
    for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
        let set = kernels(precision);
        assert_eq!(set.is_some(), available(precision), "{precision:?}: {set:?}");
        assert!(set.is_none_or(|set| !left_out(set)), "{precision:?}: {set:?}");
    }
    let newest = std::arch::is_x86_feature_detected!("avx512bw") && !left_out("avx512");
    let expected = packs().then_some(if newest { "avx512" } else { "avx2" });
    assert_eq!(kernels(Precision::F32), expected);
}
