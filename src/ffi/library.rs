//! The library as a whole: its versions, its settings, its end.

use std::ffi::{c_char, CString};
use std::sync::OnceLock;
use std::time::Duration;

use super::error::{glyxel_error, glyxel_status};
use super::guard;
use super::str::glyxel_str;
use crate::options::{self, ProcessSetting};
use crate::{engine, torch};

/// Says which version of this interface the library has: it grows, and programs built for it keep working, as long as
/// this number stays.
///
/// Returns 1.
#[no_mangle]
pub extern "C" fn glyxel_abi_version() -> u32 {
    1
}

/// Says which version the library has.
///
/// Returns a constant text, such as "0.1.0".
#[no_mangle]
pub extern "C" fn glyxel_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Says what the library was built with: libtorch's version, kinds of devices, decoders of images.
///
/// Returns a constant text.
#[no_mangle]
pub extern "C" fn glyxel_build_info() -> *const c_char {
    static INFO: OnceLock<CString> = OnceLock::new();
    guard::value(c"".as_ptr(), || {
        let info = INFO.get_or_init(|| {
            let libtorch = torch::libtorch_version();
            let info = format!(
                "glyxel {}; libtorch {libtorch}; devices: cpu, cuda (opened when asked for); image decoders: {}",
                env!("CARGO_PKG_VERSION"),
                crate::image::decoders().collect::<Vec<_>>().join(", ")
            );
            CString::new(info).unwrap_or_default()
        });
        Ok(info.as_ptr())
    })
}

/// Sets something for the whole process; only before the first model is loaded, or after a shutdown.
///
/// name, value: threads = N, from 1 to 1024: how many threads compute (default: as many as there are cores that this
///   process may use, by its affinity and its cgroup's quota).
/// Errors: GLYXEL_INVALID_ARGUMENT for a name that does not exist (the message lists the near ones), for a value that is
/// not possible, or when the library is in use already.
#[no_mangle]
pub unsafe extern "C" fn glyxel_configure(
    name: glyxel_str,
    value: glyxel_str,
    err: *mut *mut glyxel_error,
) -> glyxel_status {
    guard::status(err, || {
        match options::configure(&name.read(&"name")?, &value.read(&"value")?)? {
            ProcessSetting::Threads(n) => engine::set_threads(n),
        }
    })
}

/// Ends the library's work: cancels every call (they return GLYXEL_CANCELLED), waits until nothing is running, and ends
/// the library's threads. It runs by itself when the process exits; a second time it does nothing. Handles stay valid:
/// the next call starts the threads anew.
///
/// timeout_ms: how long to wait; 0: as long as it takes.
/// Errors: GLYXEL_TIMEOUT if something was still running then. It ends by itself, and until it has, calls return
/// GLYXEL_CANCELLED; call this again to wait for it.
#[no_mangle]
pub unsafe extern "C" fn glyxel_shutdown(timeout_ms: u64, err: *mut *mut glyxel_error) -> glyxel_status {
    guard::status(err, || {
        engine::shutdown((timeout_ms > 0).then(|| Duration::from_millis(timeout_ms)))
    })
}
