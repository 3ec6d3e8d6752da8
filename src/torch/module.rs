//! A TorchScript module as it is in an archive: loaded, traced, called, saved.

use std::ffi::{c_void, CString};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::values::{Value, Values};
use super::{sys, Device, Precision};
use crate::error::{Error, Result};

/// A module with its weights; see [`super::trace()`] for making one and [`super::Program`] for running it fast.
pub struct Module(pub(super) *mut sys::GxModule);

// SAFETY: the handle owns its C++ module, which has no thread affinity; only one thread has it at a time.
unsafe impl Send for Module {}

/// Anything an archive can be read from.
pub trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

impl Module {
    /// Loads an archive onto a device. The caller has verified its bytes (see [`crate::bundle`]): libtorch does not.
    pub fn load(mut source: impl Source, device: Device) -> Result<Self> {
        Self::load_from(&mut source, -1, device)
    }

    /// The same, from a file that nobody writes to or cuts short as long as the weights live, closed or not: they stay in it, mapped into
    /// memory.
    pub fn load_mapped(mut file: &File, device: Device) -> Result<Self> {
        #[cfg(unix)]
        let number = std::os::fd::AsRawFd::as_raw_fd(file);
        #[cfg(not(unix))]
        let number = -1;
        Self::load_from(&mut file, number, device)
    }

    fn load_from(source: &mut dyn Source, file: i32, device: Device) -> Result<Self> {
        device.open()?;
        let size = source
            .seek(SeekFrom::End(0))
            .map_err(|e| Error::Io(format!("reading the bundle failed: {e}")))?;
        let mut module = std::ptr::null_mut();
        let mut reader: (&mut dyn Source, Option<std::io::Error>) = (source, None);
        let context = (&mut reader as *mut (&mut dyn Source, Option<std::io::Error>)).cast::<c_void>();
        // SAFETY: `context` outlives the call; libtorch reads only during it.
        let message = unsafe { sys::gx_module_load(read, context, size, file, device.cuda_index(), &mut module) };
        if let Some(error) = reader.1 {
            sys::take_text(message);
            return Err(Error::Io(format!("reading the bundle failed: {error}")));
        }
        sys::check(message, || "loading the bundle".into())?;
        Ok(Module(module))
    }

    /// Writes the archive, with `extra` files in it.
    pub fn save(&self, mut target: impl Write, extra: &[(String, Vec<u8>)]) -> Result<()> {
        let names = extra
            .iter()
            .map(|(name, _)| sys::c_name(name))
            .collect::<Result<Vec<CString>>>()?;
        let names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let contents: Vec<_> = extra.iter().map(|(_, bytes)| bytes.as_ptr()).collect();
        let lengths: Vec<_> = extra.iter().map(|(_, bytes)| bytes.len()).collect();
        let mut writer: (&mut dyn Write, Option<std::io::Error>) = (&mut target, None);
        let context = (&mut writer as *mut (&mut dyn Write, Option<std::io::Error>)).cast::<c_void>();
        // SAFETY: the arrays have `extra.len()` elements each, and all of them and `context` outlive the call.
        let message = unsafe {
            sys::gx_module_save(
                self.0,
                write,
                context,
                names.as_ptr(),
                contents.as_ptr(),
                lengths.as_ptr(),
                extra.len(),
            )
        };
        if let Some(error) = writer.1 {
            sys::take_text(message);
            return Err(Error::Io(format!("writing the bundle failed: {error}")));
        }
        sys::check(message, || "writing the bundle".into())
    }

    pub fn has_method(&self, name: &str) -> Result<bool> {
        let c_name = sys::c_name(name)?;
        let mut found = 0;
        // SAFETY: the module is live, the name NUL-terminated.
        sys::check(
            unsafe { sys::gx_module_has_method(self.0, c_name.as_ptr(), &mut found) },
            || format!("looking for the method {name}"),
        )?;
        Ok(found != 0)
    }

    /// Runs a method as it was traced, with gradients if they are on.
    pub fn call(&self, method: &str, inputs: &[Value]) -> Result<Vec<Value>> {
        let name = sys::c_name(method)?;
        let (inputs, mut outputs) = (Values::from(inputs)?, Values::new()?);
        // SAFETY: all handles are live.
        let message = unsafe { sys::gx_module_call(self.0, name.as_ptr(), inputs.as_ptr(), outputs.as_mut_ptr()) };
        sys::check(message, || format!("running {method}"))?;
        outputs.to_vec()
    }

    /// Casts the floating-point weights. For int8 to what is not a product; the products' own are packed so in a program.
    pub fn cast(&mut self, precision: Precision) -> Result<()> {
        let kind = match precision.tch() {
            tch::Kind::BFloat16 => 1,
            tch::Kind::Half => 2,
            _ => 0,
        };
        let int8 = i32::from(precision == Precision::Int8);
        // SAFETY: the module is live and ours alone.
        sys::check(unsafe { sys::gx_module_cast(self.0, kind, int8) }, || {
            format!("casting the weights to {precision}")
        })
    }

    /// Sets a parameter; a dotted name makes the submodules on the way.
    pub fn set_parameter(&mut self, name: &str, tensor: &tch::Tensor) -> Result<()> {
        let c_name = sys::c_name(name)?;
        // SAFETY: the module is live and ours alone; it takes its own reference to the tensor.
        sys::check(
            unsafe { sys::gx_module_set_parameter(self.0, c_name.as_ptr(), tensor.as_ptr()) },
            || format!("setting the weight {name}"),
        )
    }
}

/// The weights of an archive, under their names. The caller has verified its bytes, as for [`Module::load`].
pub fn parameters(source: &mut impl Read) -> Result<Vec<(String, tch::Tensor)>> {
    tch::CModule::load_data_on_device(source, tch::Device::Cpu)
        .and_then(|module| module.named_parameters())
        .map_err(|e| super::error("reading the weights of the bundle", &e.to_string()))
}

impl Drop for Module {
    fn drop(&mut self) {
        // SAFETY: made by the shim, freed once.
        unsafe { sys::gx_module_free(self.0) }
    }
}

/// What libtorch reads the archive through. Short reads tell it of errors.
unsafe extern "C" fn read(context: *mut c_void, offset: u64, buffer: *mut c_void, n: usize) -> usize {
    // SAFETY: `context` is what Module::load passed, and `buffer` has room for n bytes.
    let (source, buffer) = unsafe {
        (
            &mut *context.cast::<(&mut dyn Source, Option<std::io::Error>)>(),
            std::slice::from_raw_parts_mut(buffer.cast::<u8>(), n),
        )
    };
    let mut read = || -> std::io::Result<()> {
        source.0.seek(SeekFrom::Start(offset))?;
        source.0.read_exact(buffer)
    };
    // A panic must not unwind through C++.
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut read)) {
        Ok(Ok(())) => n,
        Ok(Err(error)) => {
            source.1.get_or_insert(error);
            0
        }
        Err(_) => 0,
    }
}

unsafe extern "C" fn write(context: *mut c_void, bytes: *const c_void, n: usize) -> usize {
    // SAFETY: `context` is what Module::save passed, and `bytes` has n bytes.
    let (target, bytes) = unsafe {
        let target = &mut *context.cast::<(&mut dyn Write, Option<std::io::Error>)>();
        (
            target,
            if n == 0 {
                &[]
            } else {
                std::slice::from_raw_parts(bytes.cast::<u8>(), n)
            },
        )
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target.0.write_all(bytes))) {
        Ok(Ok(())) => n,
        Ok(Err(error)) => {
            target.1.get_or_insert(error);
            0
        }
        Err(_) => 0,
    }
}
