//! Callers' buffers: checked first, written last.

use super::guard;
use crate::error::{Error, Result};

/// Checks that `out` takes `n` rows of `width` values.
pub(super) fn check_room<T>(out: *const T, out_len: usize, n: usize, width: usize) -> Result<()> {
    let needed = n
        .checked_mul(width)
        .filter(|needed| *needed <= isize::MAX as usize / size_of::<T>())
        .ok_or_else(|| Error::InvalidArgument(format!("{n} × {width} values are more than memory can hold")))?;
    if out_len < needed {
        return Err(Error::InvalidArgument(format!(
            "out_len is {out_len}, but {n} × {width} = {needed} values are written; make out that large"
        )));
    }
    if needed > 0 {
        guard::not_null(out, "out")?;
    }
    Ok(())
}

/// Writes the results, as the last step of a call that succeeded.
pub(super) unsafe fn write<T: Copy>(out: *mut T, values: &[T], needed: usize) -> Result<()> {
    if values.len() != needed {
        return Err(Error::Internal(format!(
            "{} values were made where {needed} are due",
            values.len()
        )));
    }
    if needed > 0 {
        // SAFETY: `check_room` was passed; bytewise, for nothing need be aligned.
        std::ptr::copy_nonoverlapping(
            values.as_ptr().cast::<u8>(),
            out.cast::<u8>(),
            std::mem::size_of_val(values),
        );
    }
    Ok(())
}
