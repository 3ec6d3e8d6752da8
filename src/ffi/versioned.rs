//! Structs that callers pass in and that may grow: the first field says how much of them the caller knows. An older caller's
//! is shorter, and the rest is zero, the default; a newer one's is longer, and what it holds there must be zero too.

use std::marker::PhantomData;
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

/// A caller's array of such structs, which steps by the size that the first one states.
pub(super) struct Array<T> {
    first: *const u8,
    step: usize,
    of: PhantomData<T>,
}

impl<T: Versioned> Array<T> {
    pub(super) unsafe fn new(pointer: *const T, n: usize, what: &str) -> Result<Self> {
        let first = pointer.cast::<u8>();
        if n == 0 {
            return Ok(Self {
                first,
                step: 0,
                of: PhantomData,
            });
        }
        if pointer.is_null() {
            return Err(Error::InvalidArgument(format!(
                "{what} is NULL, but its length is {n}; NULL needs length 0"
            )));
        }
        // SAFETY: there is a first one, and its first four bytes are always there.
        let step = first.cast::<u32>().read_unaligned() as usize;
        if n.checked_mul(step.max(1))
            .is_none_or(|bytes| bytes > isize::MAX as usize)
        {
            return Err(Error::InvalidArgument(format!(
                "{what}: the length {n} is more than memory can hold; check it"
            )));
        }
        Ok(Self {
            first,
            step,
            of: PhantomData,
        })
    }

    /// The `i`-th; its own size has to be the first one's.
    pub(super) unsafe fn get(&self, i: usize) -> Result<T> {
        let pointer = self.first.add(i * self.step);
        // SAFETY: the caller's word: `n` structs stand here, one `step` after the other.
        let size = pointer.cast::<u32>().read_unaligned() as usize;
        if size != self.step {
            let name = T::NAME;
            return Err(Error::InvalidArgument(format!(
                "{name}: struct_size is {size}, but the first one's is {}; all of an array have the same, sizeof({name})",
                self.step
            )));
        }
        read(pointer.cast::<T>())
    }
}
