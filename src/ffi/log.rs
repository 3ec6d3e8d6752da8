//! The log callback.

use std::ffi::c_void;

use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::str::glyxel_str;
use crate::log::{self, Level, Sink};

/// Something failed that no caller is told of.
pub const GLYXEL_LOG_ERROR: i32 = 1;
/// Something works, but not as well as it could.
pub const GLYXEL_LOG_WARN: i32 = 2;
/// What happens, in few words.
pub const GLYXEL_LOG_INFO: i32 = 3;
/// What happens, in many.
pub const GLYXEL_LOG_DEBUG: i32 = 4;

const _: () = assert!(
    GLYXEL_LOG_ERROR == Level::Error as i32
        && GLYXEL_LOG_WARN == Level::Warn as i32
        && GLYXEL_LOG_INFO == Level::Info as i32
        && GLYXEL_LOG_DEBUG == Level::Debug as i32
);

/// Gets a message: its level (GLYXEL_LOG_...), its text (valid until the callback returns) and the user pointer.
pub type glyxel_log_callback = Option<unsafe extern "C" fn(level: i32, message: glyxel_str, user: *mut c_void)>;

/// The caller's pointer, which goes to whichever thread has something to say.
struct User(*mut c_void);

// SAFETY: only passed on to the callback, which may be called from any thread by its contract.
unsafe impl Send for User {}
unsafe impl Sync for User {}

impl User {
    /// A method, so that closures capture the whole and not the bare pointer in it.
    fn get(&self) -> *mut c_void {
        self.0
    }
}

/// Sets who gets the library's messages, of all levels. Without one, nothing is said, unless the environment variable
/// GLYXEL_LOG (error, warn, info or debug) asks for messages of up to that level on stderr.
///
/// callback: called from any thread, from several at once; NULL: nobody. It must return soon, and throw nothing. In it,
///   a function that returns a status gives GLYXEL_INVALID_ARGUMENT.
/// user: passed on to it; may be NULL.
/// When this returns, the callback that was set before is not running any more, so that what it uses can be freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_log_set(
    callback: glyxel_log_callback,
    user: *mut c_void,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        let user = User(user);
        log::set(callback.map(|callback| -> Sink {
            // SAFETY: the callback may be called from any thread, by the caller's word.
            Box::new(move |level, message| unsafe { callback(level as i32, glyxel_str::new(message), user.get()) })
        }))
    })
}
