//! Structs that callers pass in and that may grow: the first field says how much of them the caller knows. An older caller's
//! is shorter, and the rest is zero, the default; a newer one's is longer, and what it holds there must be zero too.

use std::mem::{size_of, MaybeUninit};

use crate::error::{Error, Result};

/// # Safety
/// `#[repr(C)]`, without padding, beginning with a `u32` size, and valid whatever its bytes are.
pub(super) unsafe trait Versioned: Copy {
    const NAME: &'static str;
    /// Where each field ends, in order: a caller's struct ends at one of these, or behind the last.
    const ENDS: &'static [usize];
}

/// No struct of ours will ever be longer: a larger size was never set.
const LARGEST: usize = 4096;

/// The caller's struct, completed with zeros; NULL is all zeros.
pub(super) unsafe fn read<T: Versioned>(pointer: *const T) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    if pointer.is_null() {
        // SAFETY: `T` is valid whatever its bytes are.
        return Ok(value.assume_init());
    }
    let bytes = pointer.cast::<u8>();
    let (name, known) = (T::NAME, size_of::<T>());
    // SAFETY: the first four bytes are always there, and then as many as they say.
    let size = bytes.cast::<u32>().read_unaligned() as usize;
    if size > LARGEST || (size < known && !T::ENDS.contains(&size)) {
        return Err(Error::InvalidArgument(format!(
            "{name}: struct_size is {size}, which is no size that this struct has or had; set it to sizeof({name})"
        )));
    }
    if let Some(at) = (known..size).find(|at| bytes.add(*at).read() != 0) {
        return Err(Error::Unsupported(format!(
            "{name}: the byte at offset {at} is set, but this version ({}) knows {known} bytes of it; \
             use a newer library, or leave what is newer zero",
            env!("CARGO_PKG_VERSION")
        )));
    }
    std::ptr::copy_nonoverlapping(bytes, value.as_mut_ptr().cast::<u8>(), size.min(known));
    Ok(value.assume_init())
}
