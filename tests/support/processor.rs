//! What the kernels and the rewrites that bring them need of a processor.

use glyxel::torch::Precision;

/// The sets of instructions that this processor has kernels of, the oldest first.
pub fn sets() -> Vec<&'static str> {
    use std::arch::is_x86_feature_detected as has;
    let avx2 = has!("avx2") && has!("fma");
    let avx512 = avx2 && has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
    let vnni = avx512 && has!("avx512vnni");
    let intel = cpu_says("vendor_id", "GenuineIntel");
    [
        ("avx2", avx2),
        ("avx2_vnni", avx2 && cpu_has("avx_vnni")),
        ("avx512", avx512),
        ("avx512_vnni", vnni),
        ("avx512_bf16", vnni && has!("avx512bf16") && !intel),
    ]
    .into_iter()
    .filter_map(|(name, here)| here.then_some(name))
    .collect()
}

/// The one of them that is used: the newest but for one that is left out, and those after it.
pub fn chosen() -> Option<&'static str> {
    let oldest_first = ["avx2", "avx2_vnni", "avx512", "avx512_vnni", "avx512_bf16"];
    let left = oldest_first.into_iter().take_while(|set| !left_out(set));
    left.filter(|set| sets().contains(set)).last()
}

/// Whether weights are packed at all.
#[allow(dead_code)] // Each test binary uses a part of it.
pub fn packs() -> bool {
    chosen().is_some()
}

/// Whether oneDNN packs weights of a precision, as libtorch has it.
#[allow(dead_code)]
pub fn onednn_packs(precision: Precision) -> bool {
    use std::arch::is_x86_feature_detected as has;
    packs()
        && (precision == Precision::F32
            || cpu_has("avx_ne_convert")
            || (has!("avx512bw") && has!("avx512vl") && has!("avx512dq")))
}

/// Whether instructions that the processor has are not to be used.
pub fn left_out(instructions: &str) -> bool {
    std::env::var("GLYXEL_WITHOUT").is_ok_and(|names| names.split(',').any(|name| name == instructions))
}

/// Whether there are kernels of a precision for this processor.
#[allow(dead_code)]
pub fn available(precision: Precision) -> bool {
    packs()
        && match precision {
            Precision::F32 | Precision::Int8 => true,
            // With AMX oneDNN's are taken.
            Precision::Bf16 => !cpu_has("amx_bf16"),
            Precision::F16 => false,
        }
}

fn cpu_has(flag: &str) -> bool {
    cpu_says("flags", flag)
}

fn cpu_says(what: &str, word: &str) -> bool {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines()
        .any(|line| line.starts_with(what) && line.split_whitespace().any(|w| w == word))
}
