//! What libtorch wants to be told once for the process, and once for each of the engine's compute threads.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::sync::OnceLock;

use super::{sys, Device};
use crate::error::{Error, Result};

/// The libtorch this library was built and tested with.
const LIBTORCH: &str = "2.11";

/// The version of the libtorch that is loaded.
pub fn libtorch_version() -> &'static str {
    // SAFETY: a constant string of the shim's.
    unsafe { CStr::from_ptr(sys::gx_libtorch_version()) }
        .to_str()
        .unwrap_or("unknown")
}

/// The first thing a compute thread does: sets libtorch's number of threads for it and turns gradients off.
pub fn start_compute_thread(device: Device, threads: usize) -> Result<()> {
    // Before anything else is asked of libtorch, see `cuda`.
    device.open()?;
    static PROCESS: OnceLock<Result<()>> = OnceLock::new();
    PROCESS
        .get_or_init(|| {
            let version = libtorch_version();
            if !version.strip_prefix(LIBTORCH).is_some_and(|patch| patch.starts_with('.')) {
                return Err(Error::Unsupported(format!(
                    "the libtorch that was loaded is {version}; this library was built for {LIBTORCH}: put that one where it is found"
                )));
            }
            // SAFETY: sets libtorch's process-wide options.
            sys::check(unsafe { sys::gx_process_start() }, || "starting libtorch".into())
        })
        .clone()?;
    let threads = if device == Device::Cpu { threads } else { 1 };
    // SAFETY: sets options of libtorch and of this thread.
    sys::check(unsafe { sys::gx_thread_start(threads as i32) }, || {
        "starting a compute thread".into()
    })
}

/// While it lives, what this thread computes is shared with threads of our own, and libtorch's stay out: they spin while they wait
/// for each other, on cores that ours need.
pub struct OwnThreads(PhantomData<*const ()>);

impl OwnThreads {
    pub fn begin() -> Result<Self> {
        // SAFETY: sets options of this thread alone, which `drop` takes back on the same one: the type stays on its thread.
        sys::check(unsafe { sys::gx_own_threads_begin() }, || "starting threads".into())?;
        Ok(OwnThreads(PhantomData))
    }
}

impl Drop for OwnThreads {
    fn drop(&mut self) {
        // SAFETY: begun on this thread.
        unsafe { sys::gx_own_threads_end() }
    }
}
