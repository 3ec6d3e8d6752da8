//! What this machine's processor has.

use super::{sys, Precision};

/// Whether there are kernels of our own for it, which take the weights of a precision packed.
pub fn has_kernels(precision: Precision) -> bool {
    let code = match precision {
        Precision::F32 => 0,
        Precision::Bf16 => 1,
        Precision::Int8 => 2,
        Precision::F16 => return false,
    };
    // SAFETY: it only looks.
    unsafe { sys::gx_has_kernels(code) != 0 }
}

/// Whether it multiplies bf16 in hardware.
pub fn multiplies_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}
