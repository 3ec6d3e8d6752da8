//! Strings of the C ABI: UTF-8, a pointer and a length. They are copied before they are looked at, so that a caller that
//! breaks its word and changes them meanwhile cannot make the copy invalid.

use std::os::raw::c_char;

use crate::error::{Error, Result};

/// UTF-8 text: `len` bytes at `ptr`, without a terminating NUL; a NUL inside is text like any other.
/// `{NULL, 0}` is the empty string.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct glyxel_str {
    pub ptr: *const c_char,
    pub len: usize,
}

impl glyxel_str {
    /// For Rust callers of the C functions.
    pub fn new(text: &str) -> Self {
        Self {
            ptr: text.as_ptr().cast(),
            len: text.len(),
        }
    }

    /// The text; `what` names it in errors ("texts[3]").
    pub(super) unsafe fn read(self, what: &dyn std::fmt::Display) -> Result<String> {
        let bytes = copy(self.ptr.cast::<u8>(), self.len, what)?;
        String::from_utf8(bytes).map_err(|e| {
            Error::InvalidArgument(format!(
                "{what} is not valid UTF-8: the byte at offset {} cannot stand there; convert the text to UTF-8",
                e.utf8_error().valid_up_to()
            ))
        })
    }

    /// A path or a name: not empty, and without NULs, which no file system takes.
    pub(super) unsafe fn read_name(self, what: &str) -> Result<String> {
        let text = self.read(&what)?;
        match text.find('\0') {
            _ if text.is_empty() => Err(Error::InvalidArgument(format!(
                "{what} is empty; say which one is meant"
            ))),
            Some(at) => Err(Error::InvalidArgument(format!(
                "{what} holds a NUL at offset {at}; pass its length without a terminating NUL"
            ))),
            None => Ok(text),
        }
    }
}

/// `n` texts; an error names the argument and the text that it is about.
pub(super) unsafe fn read_texts(texts: *const glyxel_str, n: usize, what: &str) -> Result<Vec<String>> {
    let texts = Array::new(texts, n, what)?;
    let mut read = Vec::new();
    reserve(&mut read, n, what)?;
    for i in 0..n {
        read.push(texts.get(i).read(&format_args!("{what}[{i}]"))?);
    }
    Ok(read)
}

/// A copy of `len` values.
pub(super) unsafe fn copy<T: Copy>(ptr: *const T, len: usize, what: &dyn std::fmt::Display) -> Result<Vec<T>> {
    copy_while(ptr, len, what, || Ok(()))
}

/// The most values that are copied between two looks at whether anybody still wants them.
const PIECE: usize = 1 << 20;

/// The same, given up as soon as `wanted` is an error.
pub(super) unsafe fn copy_while<T: Copy>(
    ptr: *const T,
    len: usize,
    what: &dyn std::fmt::Display,
    wanted: impl Fn() -> Result<()>,
) -> Result<Vec<T>> {
    let from = Array::new(ptr, len, what)?.0.cast::<u8>();
    let mut copied: Vec<T> = Vec::new();
    reserve(&mut copied, len, what)?;
    while copied.len() < len {
        wanted()?;
        let (done, more) = (copied.len(), PIECE.min(len - copied.len()));
        // SAFETY: `len` values are readable by the caller's word, and reserved here; bytewise, for nothing need be aligned.
        std::ptr::copy_nonoverlapping(
            from.add(done * size_of::<T>()),
            copied.as_mut_ptr().add(done).cast::<u8>(),
            more * size_of::<T>(),
        );
        copied.set_len(done + more);
    }
    Ok(copied)
}

/// A caller's array that passed the checks one can make: not NULL unless empty, and of a possible size.
pub(super) struct Array<T>(*const T);

impl<T: Copy> Array<T> {
    pub(super) fn new(ptr: *const T, n: usize, what: impl std::fmt::Display) -> Result<Self> {
        if ptr.is_null() && n > 0 {
            return Err(Error::InvalidArgument(format!(
                "{what} is NULL, but its length is {n}; NULL needs length 0"
            )));
        }
        match n.checked_mul(size_of::<T>()) {
            Some(bytes) if bytes <= isize::MAX as usize => Ok(Self(ptr)),
            _ => Err(Error::InvalidArgument(format!(
                "{what}: the length {n} is more than memory can hold; check it"
            ))),
        }
    }

    unsafe fn get(&self, i: usize) -> T {
        self.0.add(i).read_unaligned()
    }
}

/// Room for `n` values of a caller's choosing, or an error instead of an abort.
pub(super) fn reserve<T>(vec: &mut Vec<T>, n: usize, what: impl std::fmt::Display) -> Result<()> {
    vec.try_reserve_exact(n).map_err(|_| {
        let bytes = n as u128 * size_of::<T>() as u128;
        Error::OutOfMemory(format!(
            "there is no memory for {what}: {bytes} bytes are needed; pass less at once"
        ))
    })
}
