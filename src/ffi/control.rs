//! Watching, cancelling and timing calls.

use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::handle::{Kind, Table};
use crate::control::{Call, Control, Stage};
use crate::error::Result;

/// Watches, cancels and times the calls it is passed to. A handle: a key, never to be followed.
pub struct glyxel_control(());

/// No call under this control has begun.
pub const GLYXEL_STAGE_IDLE: i32 = 0;
/// Counted in bytes.
pub const GLYXEL_STAGE_DOWNLOADING: i32 = 1;
/// Reading the weights for the checksum in the bundle's manifest; counted in bytes.
pub const GLYXEL_STAGE_HASHING: i32 = 2;
/// Making a bundle from a checkpoint; counted in weights.
pub const GLYXEL_STAGE_CONVERTING: i32 = 3;
/// Checking a bundle, counted in bytes; then reading and optimising it, which begins anew at 0 of 1.
pub const GLYXEL_STAGE_LOADING: i32 = 4;
/// Counted in texts.
pub const GLYXEL_STAGE_TOKENIZING: i32 = 5;
/// Reading the first pictures, counted in images; the others are read while those before them are computed.
pub const GLYXEL_STAGE_DECODING: i32 = 6;
/// Counted in inputs.
pub const GLYXEL_STAGE_COMPUTING: i32 = 7;

const _: () = assert!(
    GLYXEL_STAGE_IDLE == Stage::Idle as i32
        && GLYXEL_STAGE_DOWNLOADING == Stage::Downloading as i32
        && GLYXEL_STAGE_HASHING == Stage::Hashing as i32
        && GLYXEL_STAGE_CONVERTING == Stage::Converting as i32
        && GLYXEL_STAGE_LOADING == Stage::Loading as i32
        && GLYXEL_STAGE_TOKENIZING == Stage::Tokenizing as i32
        && GLYXEL_STAGE_DECODING == Stage::Decoding as i32
        && GLYXEL_STAGE_COMPUTING == Stage::Computing as i32
);

static CONTROLS: Table<Control> = Table::new(Kind::Control);

/// Begins a call under the control; NULL: a call that nobody watches. Under a cancelled control no call begins, whatever it is for.
pub(super) fn call(handle: *const glyxel_control) -> Result<Call> {
    let control = CONTROLS.get_or_none(handle)?;
    let call = control.map_or_else(Call::unwatched, |control| control.call());
    call.check()?;
    Ok(call)
}

/// Makes a control, which any thread may poll or cancel while other threads are in calls that it was passed to.
/// It may serve many calls, also at once.
///
/// out: gets the control; free it with glyxel_control_free.
#[no_mangle]
pub unsafe extern "C" fn glyxel_control_new(
    out: *mut *mut glyxel_control,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        guard::not_null(out, "out")?;
        out.write_unaligned(CONTROLS.insert(Control::new()));
        Ok(())
    })
}

/// Cancels every call under the control, now and later, even one with n = 0: a cancelled control stays so. The calls
/// return GLYXEL_CANCELLED at once.
///
/// c: the control; nothing happens if it is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_control_cancel(c: *mut glyxel_control) {
    guard::value((), || {
        CONTROLS.get(c)?.cancel();
        Ok(())
    })
}

/// Limits how long each call that begins from now on may take; it then returns GLYXEL_TIMEOUT.
///
/// c: the control; nothing happens if it is NULL or freed.
/// milliseconds: for each call; 0: no limit (the default).
#[no_mangle]
pub unsafe extern "C" fn glyxel_control_set_timeout(c: *mut glyxel_control, milliseconds: u64) {
    guard::value((), || {
        CONTROLS.get(c)?.set_timeout(milliseconds);
        Ok(())
    })
}

/// Says how far the calls under a control are; of several at once, what the last to report said.
///
/// c: the control; nothing is written if it is NULL or freed.
/// stage: gets a GLYXEL_STAGE_... ; may be NULL.
/// done, total: get how much of the stage is done, and of how much (0: not known yet); may be NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_control_progress(
    c: *const glyxel_control,
    stage: *mut i32,
    done: *mut u64,
    total: *mut u64,
) {
    guard::value((), || {
        let progress = CONTROLS.get(c)?.progress();
        write(stage, progress.0);
        write(done, progress.1);
        write(total, progress.2);
        Ok(())
    })
}

/// Frees a control. Calls under it go on.
///
/// c: the control, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_control_free(c: *mut glyxel_control) {
    guard::value((), || {
        CONTROLS.remove(c);
        Ok(())
    })
}

unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: not NULL, so it can be written, by the caller's word.
        out.write_unaligned(value);
    }
}
