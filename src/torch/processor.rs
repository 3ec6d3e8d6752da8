//! What this machine's processor has.

use std::ffi::CStr;

use super::{sys, Precision};

/// The set of instructions that our own kernels of a precision are made of here (`avx2`, `avx2_vnni`, `avx512`, `avx512_vnni` or `avx512_bf16`); none where libtorch's compute.
pub fn kernels(precision: Precision) -> Option<&'static str> {
    let code = match precision {
        Precision::F32 => 0,
        Precision::Bf16 => 1,
        Precision::Int8 => 2,
        Precision::F16 => return None,
    };
    // SAFETY: it only looks; the name is a constant of the shim's.
    let name = unsafe { sys::gx_kernel_set(code) };
    // SAFETY: the same.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default())
}

/// Whether there are kernels of our own, which take the weights of a precision packed.
pub fn has_kernels(precision: Precision) -> bool {
    kernels(precision).is_some()
}

/// Whether it multiplies bf16 in hardware, and faster than f32: Intel's without AMX have the instruction, but it gains nothing.
pub fn multiplies_bf16() -> bool {
    // SAFETY: it only looks.
    unsafe { sys::gx_multiplies_bf16() != 0 }
}
