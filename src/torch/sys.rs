//! The shim's functions (shim/shim.h), and the one place where its messages become errors.

use std::ffi::{c_char, c_void, CStr, CString};

use crate::error::{Error, Result};

#[repr(C)]
pub struct GxValues {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct GxModule {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct GxProgram {
    _opaque: [u8; 0],
}

pub type Tensor = torch_sys::C_tensor;
pub type Read = unsafe extern "C" fn(*mut c_void, u64, *mut c_void, usize) -> usize;
pub type Write = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> usize;
pub type Forward = unsafe extern "C" fn(*mut c_void, *const GxValues, *mut GxValues) -> i32;

extern "C" {
    fn gx_message_free(message: *mut c_char);
    pub fn gx_values_new(out: *mut *mut GxValues) -> *mut c_char;
    pub fn gx_values_free(values: *mut GxValues);
    pub fn gx_values_push_tensor(values: *mut GxValues, tensor: *const Tensor) -> *mut c_char;
    pub fn gx_values_push_list(values: *mut GxValues, tensors: *const *const Tensor, n: usize) -> *mut c_char;
    pub fn gx_values_count(values: *const GxValues) -> usize;
    pub fn gx_values_list_length(values: *const GxValues, i: usize) -> i64;
    pub fn gx_values_tensor(values: *const GxValues, i: usize, j: usize, out: *mut *mut Tensor) -> *mut c_char;
    pub fn gx_module_load(
        read: Read,
        context: *mut c_void,
        size: u64,
        file: i32,
        cuda: i32,
        out: *mut *mut GxModule,
    ) -> *mut c_char;
    pub fn gx_module_save(
        module: *const GxModule,
        write: Write,
        context: *mut c_void,
        names: *const *const c_char,
        contents: *const *const u8,
        lengths: *const usize,
        n: usize,
    ) -> *mut c_char;
    pub fn gx_module_has_method(module: *const GxModule, name: *const c_char, out: *mut i32) -> *mut c_char;
    pub fn gx_module_call(
        module: *const GxModule,
        method: *const c_char,
        inputs: *const GxValues,
        outputs: *mut GxValues,
    ) -> *mut c_char;
    pub fn gx_module_cast(module: *mut GxModule, precision: i32, int8: i32) -> *mut c_char;
    pub fn gx_module_free(module: *mut GxModule);
    pub fn gx_module_new(out: *mut *mut GxModule) -> *mut c_char;
    pub fn gx_module_set_parameter(module: *mut GxModule, name: *const c_char, tensor: *const Tensor) -> *mut c_char;
    pub fn gx_module_trace(
        module: *mut GxModule,
        method: *const c_char,
        inputs: *const GxValues,
        names: *const *const c_char,
        forward: Forward,
        context: *mut c_void,
    ) -> *mut c_char;
    pub fn gx_program_new(
        module: *mut GxModule,
        methods: *const *const c_char,
        n: usize,
        cuda: i32,
        prepack: i32,
        out: *mut *mut GxProgram,
    ) -> *mut c_char;
    pub fn gx_program_run(
        program: *const GxProgram,
        method: *const c_char,
        inputs: *const GxValues,
        outputs: *mut GxValues,
    ) -> *mut c_char;
    pub fn gx_program_element(
        program: *const GxProgram,
        method: *const c_char,
        n: usize,
        out: *mut *mut GxProgram,
    ) -> *mut c_char;
    pub fn gx_program_graph(program: *const GxProgram, method: *const c_char, out: *mut *mut c_char) -> *mut c_char;
    pub fn gx_program_operators(program: *const GxProgram, method: *const c_char, out: *mut *mut c_char)
        -> *mut c_char;
    pub fn gx_program_free(program: *mut GxProgram);
    pub fn gx_keep_statics();
    pub fn gx_process_start() -> *mut c_char;
    pub fn gx_own_threads_begin() -> *mut c_char;
    pub fn gx_own_threads_end();
    pub fn gx_padding_begin(lengths: *const i64, n: usize, length: i64) -> *mut c_char;
    pub fn gx_padding_end();
    pub fn gx_thread_start(threads: i32) -> *mut c_char;
    pub fn gx_libtorch_version() -> *const c_char;
    pub fn gx_kernel_set(precision: i32) -> *const c_char;
    pub fn gx_multiplies_bf16() -> i32;
    pub fn gx_cuda_check(index: i32, count: *mut i32) -> *mut c_char;
}

/// Takes a message (or text) of the shim's.
pub fn take_text(message: *mut c_char) -> Option<String> {
    if message.is_null() {
        return None;
    }
    // SAFETY: the shim returns a NUL-terminated string that is ours to free, once.
    unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        gx_message_free(message);
        Some(text)
    }
}

/// Turns what a function of the shim returned into a result; `doing` begins the sentence.
pub fn check(message: *mut c_char, doing: impl FnOnce() -> String) -> Result<()> {
    take_text(message).map_or(Ok(()), |text| Err(error(&doing(), &text)))
}

/// What libtorch says, under the status that it means.
pub fn error(doing: &str, text: &str) -> Error {
    let text = text.split("\nException raised from").next().unwrap_or(text).trim();
    let text = text.lines().next().unwrap_or("no reason given");
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let sentence = format!("{doing} failed: libtorch says: {text}");
    if says(&["out of memory", "allocate memory", "not enough memory", "bad_alloc"]) {
        Error::OutOfMemory(sentence)
    } else if says(&["CUDA error", "cuDNN error", "CUBLAS_STATUS"]) {
        Error::Device(sentence)
    } else {
        Error::Internal(sentence)
    }
}

/// A name for the C side; names come from checkpoints and manifests, so a NUL in one is refused.
pub fn c_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| Error::BadModel(format!("the name {name:?} holds a NUL")))
}
