//! Batches of texts that are not all as long.

use std::marker::PhantomData;

use super::sys;
use crate::error::Result;

/// While it lives, what this thread runs is a batch of texts in rows of `length` tokens, of which only as many of each row are computed as its text has, where
/// operators are ours; in the places of the others they give 0.
pub struct Padding(PhantomData<*const ()>);

impl Padding {
    /// Each text has at least one token, and at most `length`.
    pub fn begin(lengths: &[i64], length: usize) -> Result<Self> {
        // SAFETY: the lengths are copied. It holds for this thread alone, on which `drop` ends it: the type stays on its thread.
        let message = unsafe { sys::gx_padding_begin(lengths.as_ptr(), lengths.len(), length as i64) };
        sys::check(message, || "beginning a batch".into())?;
        Ok(Padding(PhantomData))
    }
}

impl Drop for Padding {
    fn drop(&mut self) {
        // SAFETY: begun on this thread.
        unsafe { sys::gx_padding_end() }
    }
}
