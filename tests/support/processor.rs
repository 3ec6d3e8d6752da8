//! What the kernels and the rewrites that bring them need of a processor.

use glyxel::torch::Precision;

/// Whether weights are packed at all.
#[allow(dead_code)] // Each test binary uses a part of it.
pub fn packs() -> bool {
    use std::arch::is_x86_feature_detected as has;
    let avx512 = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
    (avx512 && !left_out("avx512")) || (has!("avx2") && has!("fma") && !left_out("avx2"))
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
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines()
        .any(|line| line.starts_with("flags") && line.split_whitespace().any(|f| f == flag))
}
