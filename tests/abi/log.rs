//! The log callback.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Mutex;

use super::support::*;

#[derive(Default)]
struct Heard {
    messages: Vec<(i32, String)>,
    called_back: Vec<Status>,
}

unsafe extern "C" fn hear(level: i32, message: glyxel_str, user: *mut c_void) {
    let bytes = std::slice::from_raw_parts(message.ptr.cast::<u8>(), message.len);
    let status = glyxel_log_set(None, null_mut(), null_mut());
    let mut heard = (*user.cast::<Mutex<Heard>>()).lock().unwrap();
    heard
        .messages
        .push((level, std::str::from_utf8(bytes).unwrap().to_owned()));
    heard.called_back.push(status);
}

#[test]
fn a_callback_hears_until_it_is_replaced_and_cannot_call_back() {
    let heard = Box::new(Mutex::new(Heard::default()));
    let user = (&raw const *heard).cast_mut().cast::<c_void>();
    accepted(|err| unsafe { glyxel_log_set(Some(hear), user, err) });
    // A handle freed twice has no other way to be told of.
    let gone = control().0;
    unsafe { glyxel_control_free(gone) };
    accepted(|err| unsafe { glyxel_log_set(None, null_mut(), err) });
    let heard = heard.into_inner().unwrap();
    let about_it = |(level, message): &&(i32, String)| *level == GLYXEL_LOG_WARN && message.contains("freed before");
    assert!(heard.messages.iter().any(|m| about_it(&m)), "{:?}", heard.messages);
    assert!(heard
        .called_back
        .iter()
        .all(|status| *status == GLYXEL_INVALID_ARGUMENT));
    // Its memory is gone now, and it is not called any more.
    unsafe { glyxel_control_free(gone) };
}
