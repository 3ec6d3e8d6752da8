//! What every exported function runs in: nothing but its result crosses the boundary.

use super::error::{glyxel_error, glyxel_status, GLYXEL_OK};
use crate::engine;
use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::log;

/// Runs the body of a function that can fail; `*err` is written only if it does.
pub(super) unsafe fn status(err: *mut *mut glyxel_error, body: impl FnOnce() -> Result<()>) -> glyxel_status {
    // In a log callback a call could wait for the very thread that it is on.
    let Err(error) = run(|| log::check_outside().and_then(|()| body())) else {
        return GLYXEL_OK;
    };
    if !err.is_null() {
        // SAFETY: not NULL, so it can be written, by the caller's word.
        err.write_unaligned(glyxel_error::boxed(&error));
    }
    error.status()
}

/// Runs the body of a function that has no way to tell of an error, and gives `otherwise` instead.
pub(super) fn value<T>(otherwise: T, body: impl FnOnce() -> Result<T>) -> T {
    run(body).unwrap_or(otherwise)
}

/// The process is checked before anything else: in a forked child, any lock may be held by a thread that is not there.
fn run<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    let _inside = engine::enter()?;
    guarded(body)
}

/// Checks an output pointer.
pub(super) fn not_null<T>(pointer: *const T, name: &str) -> Result<()> {
    if pointer.is_null() {
        return Err(Error::InvalidArgument(format!(
            "{name} is NULL; pass the address that the result is written to"
        )));
    }
    Ok(())
}
