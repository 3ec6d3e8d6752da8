//! CUDA, opened the first time it is asked for: one binary serves machines with and without it.
//!
//! libtorch settles on stub hooks for good if anything asks it about CUDA before libtorch_cuda is loaded, so nothing here
//! or elsewhere asks before [`open`] has loaded it.

use std::ffi::{c_char, c_void, CStr, CString};
use std::path::PathBuf;
use std::sync::OnceLock;

use super::sys;
use crate::error::{Error, Result};

const DRIVER: &str = "libcuda.so.1";
const LIBRARY: &str = "libtorch_cuda.so";

/// True if there is a driver, a libtorch_cuda and at least one device.
pub fn available() -> bool {
    open(0).is_ok()
}

/// Loads libtorch's CUDA half once, and checks that the device is there.
pub fn open(index: u32) -> Result<()> {
    static LOADED: OnceLock<Result<()>> = OnceLock::new();
    LOADED.get_or_init(load).clone()?;
    let mut count = 0;
    // SAFETY: libtorch_cuda is loaded.
    match sys::take_text(unsafe { sys::gx_cuda_check(index as i32, &mut count) }) {
        None => Ok(()),
        Some(text) => Err(Error::Device(format!("cuda:{index} cannot be used: {text}"))),
    }
}

/// True if NVIDIA's driver library is there. The kernel's side of the driver may be out of sight, as in WSL2 and some containers.
pub fn driver() -> bool {
    dlopen(DRIVER).is_ok()
}

/// Training asks libtorch about CUDA in passing (generators, autograd), so where a driver is, load the real hooks first.
pub fn before_training() {
    if driver() {
        let _ = open(0);
    }
}

fn load() -> Result<()> {
    dlopen(DRIVER).map_err(|e| {
        Error::Device(format!("no CUDA device can be used: NVIDIA's driver library {DRIVER} was not found ({e}); install the driver, or take device cpu"))
    })?;
    let beside = libtorch_folder().map(|folder| folder.join(LIBRARY).display().to_string());
    let tried: Vec<String> = beside.into_iter().chain([LIBRARY.to_string()]).collect();
    let mut reasons = Vec::new();
    for path in &tried {
        match dlopen(path) {
            Ok(()) => {
                // SAFETY: the library just loaded is one more whose statics are to outlive the exit.
                unsafe { sys::gx_keep_statics() };
                return Ok(());
            }
            Err(reason) => reasons.push(reason),
        }
    }
    Err(Error::Device(format!(
        "CUDA needs {LIBRARY} of libtorch {}; looked for {} ({}); put a CUDA build of libtorch there, or take device cpu",
        super::libtorch_version(),
        tried.join(" and "),
        reasons.join("; "),
    )))
}

/// Where the libtorch in use really is: symbolic links resolved.
pub fn libtorch_folder() -> Option<PathBuf> {
    let mut folder: Option<PathBuf> = None;
    unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _: usize, data: *mut c_void) -> i32 {
        // SAFETY: dl_iterate_phdr passes a valid info, and `data` is the Option below.
        unsafe {
            if (*info).dlpi_name.is_null() {
                return 0;
            }
            let path = PathBuf::from(CStr::from_ptr((*info).dlpi_name).to_string_lossy().into_owned());
            if path.file_name().is_some_and(|name| name == "libtorch_cpu.so") {
                *data.cast::<Option<PathBuf>>() = Some(path);
                return 1;
            }
        }
        0
    }
    // SAFETY: `visit` has the right type, and `folder` outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&mut folder as *mut Option<PathBuf>).cast()) };
    folder
        .and_then(|path| path.canonicalize().ok())
        .and_then(|path| path.parent().map(PathBuf::from))
}

fn dlopen(path: &str) -> std::result::Result<(), String> {
    let path = CString::new(path).map_err(|e| e.to_string())?;
    // SAFETY: loading a library runs its initialisers; these are NVIDIA's and libtorch's own. Never closed.
    unsafe {
        if !libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL).is_null() {
            return Ok(());
        }
        let reason: *const c_char = libc::dlerror();
        Err(if reason.is_null() {
            "unknown".into()
        } else {
            CStr::from_ptr(reason).to_string_lossy().into_owned()
        })
    }
}
