//! Memory whose size a picture gives: an error, not an abort, where there is none.

use crate::error::{Error, Result};

/// Memory for pixels: an error, not an abort, where there is none.
pub(super) fn zeros(bytes: u64) -> Result<Vec<u8>> {
    let mut memory = reserved(bytes)?;
    memory.resize(bytes as usize, 0);
    Ok(memory)
}

/// The same, empty. A decoder that takes memory by itself aborts where there is none, so first one sees whether there is.
pub(super) fn reserved(bytes: u64) -> Result<Vec<u8>> {
    let none = || {
        Error::OutOfMemory(format!(
            "There is no memory for a picture that takes {bytes} bytes when decoded."
        ))
    };
    let len = usize::try_from(bytes).map_err(|_| none())?;
    let mut memory = Vec::new();
    memory.try_reserve_exact(len).map_err(|_| none())?;
    Ok(memory)
}

/// Room for `more`: an error, not an abort, where there is none.
pub fn reserve<T>(memory: &mut Vec<T>, more: usize) -> Result<()> {
    memory.try_reserve_exact(more).map_err(|_| {
        let bytes = more.saturating_mul(size_of::<T>());
        Error::OutOfMemory(format!(
            "there is no memory for the {bytes} bytes that resizing a picture takes"
        ))
    })
}
