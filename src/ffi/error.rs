//! Errors of the C ABI: a status to branch on, and a sentence to show.

use std::ffi::{c_char, CStr, CString};

use crate::error::Error;

/// What a function that can fail returns: GLYXEL_OK, or what kind of thing went wrong.
pub type glyxel_status = i32;

/// Success.
pub const GLYXEL_OK: i32 = 0;
/// An argument is missing, malformed or out of range.
pub const GLYXEL_INVALID_ARGUMENT: i32 = 1;
/// A handle was freed before, is of another kind, or never came from this library.
pub const GLYXEL_INVALID_HANDLE: i32 = 2;
/// A file, folder or name is not there.
pub const GLYXEL_NOT_FOUND: i32 = 3;
/// A checkpoint or bundle is damaged, cut off or contradicts itself.
pub const GLYXEL_BAD_MODEL: i32 = 4;
/// This model, this build or this version cannot do that.
pub const GLYXEL_UNSUPPORTED: i32 = 5;
/// Reading or writing a file failed.
pub const GLYXEL_IO: i32 = 6;
/// A download failed.
pub const GLYXEL_NETWORK: i32 = 7;
/// The call was cancelled through its control, or the library was shut down.
pub const GLYXEL_CANCELLED: i32 = 8;
/// The call took longer than its control allows.
pub const GLYXEL_TIMEOUT: i32 = 9;
/// There is no memory for a size that the caller or a file gave.
pub const GLYXEL_OUT_OF_MEMORY: i32 = 10;
/// A device is absent or failed.
pub const GLYXEL_DEVICE: i32 = 11;
/// A defect of this library; it stays usable.
pub const GLYXEL_INTERNAL: i32 = 12;

/// What went wrong in one call; it belongs to whoever got it.
pub struct glyxel_error {
    status: glyxel_status,
    message: CString,
}

impl glyxel_error {
    pub(super) fn boxed(error: &Error) -> *mut glyxel_error {
        // No NUL is left that would end it: it is a control character.
        let message = CString::new(one_line(&error.to_string())).unwrap_or_default();
        Box::into_raw(Box::new(glyxel_error {
            status: error.status(),
            message,
        }))
    }
}

/// A message may quote what a caller or a file says, whatever that is: it becomes one line of a bearable length.
fn one_line(message: &str) -> String {
    const MOST: usize = 2000;
    // No character beyond the first and the last MOST can be shown.
    let head = message.char_indices().nth(MOST).map_or(message.len(), |(at, _)| at);
    let tail = message.char_indices().nth_back(MOST - 1).map_or(0, |(at, _)| at);
    let (head, tail) = match (message.get(..head), message.get(tail..)) {
        (Some(begin), Some(end)) if head < tail => (begin, end),
        _ => (message, ""),
    };
    let mut line: Vec<char> = Vec::new();
    for c in head.chars().chain(tail.chars()) {
        match c.is_control() {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    // What was wrong stands at the beginning, and what to do at the end.
    if line.len() > MOST {
        let end = line.len() - MOST / 2;
        line.splice(MOST / 2..end, " … ".chars());
    }
    line.into_iter().collect()
}

/// Says what kind of error this is.
///
/// e: the error, or NULL.
/// Returns the status that the function returned; GLYXEL_OK for NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_error_code(e: *const glyxel_error) -> glyxel_status {
    // SAFETY: NULL, or an error that was not freed: the one handle that is an address, for one thread owns it.
    e.as_ref().map_or(GLYXEL_OK, |e| e.status)
}

/// Says what went wrong, where, and what to do, in an English sentence (UTF-8, NUL-terminated).
///
/// e: the error, or NULL.
/// Returns a text that belongs to e and lives as long; "" for NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_error_message(e: *const glyxel_error) -> *const c_char {
    // SAFETY: as above.
    let empty: &CStr = c"";
    e.as_ref().map_or(empty, |e| e.message.as_c_str()).as_ptr()
}

/// Frees an error.
///
/// e: the error, or NULL; not to be used afterwards.
#[no_mangle]
pub unsafe extern "C" fn glyxel_error_free(e: *mut glyxel_error) {
    if !e.is_null() {
        // SAFETY: it came from `boxed`, and the caller frees it once.
        drop(Box::from_raw(e));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_line_of_a_bearable_length() {
        assert_eq!(one_line("a\0b\nc\td é"), "a\\u{0}b\\nc\\td é");
        let long = one_line(&format!("begin {} end", "é".repeat(1 << 20)));
        assert!(long.starts_with("begin é") && long.ends_with("é end") && long.contains(" … "));
        assert_eq!(long.chars().count(), 2003);
        let controls = one_line(&"\0".repeat(3000));
        assert_eq!(controls.chars().count(), 2003);
        let whole: String = ('a'..='z').cycle().take(2000).collect();
        assert_eq!(one_line(&whole), whole);
    }
}
