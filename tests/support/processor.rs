//! What the kernels and the rewrites that bring them need of a processor.

use glyxel::torch::Precision;

/// Whether weights are packed at all.
#[allow(dead_code)] // Each test binary uses a part of it.
pub fn packs() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
}

/// Whether this processor has what the kernels of a precision are made of.
pub fn available(precision: Precision) -> bool {
    let f32 = std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl");
    f32 && match precision {
        Precision::F32 => true,
        // With AMX oneDNN's are taken.
        Precision::Bf16 => std::arch::is_x86_feature_detected!("avx512bf16") && !cpu_has("amx_bf16"),
        Precision::Int8 => std::arch::is_x86_feature_detected!("avx512vnni"),
        Precision::F16 => false,
    }
}

fn cpu_has(flag: &str) -> bool {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines()
        .any(|line| line.starts_with("flags") && line.split_whitespace().any(|f| f == flag))
}
