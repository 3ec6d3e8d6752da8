//! Tracing: running a definition once and writing down what it did as a TorchScript method.

use std::any::Any;
use std::ffi::{c_void, CString};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use super::module::Module;
use super::sys;
use super::values::{push, read, Value, Values};
use crate::error::Result;

impl Module {
    /// An empty module, to be given parameters and traced methods.
    pub fn empty() -> Result<Self> {
        let mut module = std::ptr::null_mut();
        // SAFETY: writes a new module, which Drop frees.
        sys::check(unsafe { sys::gx_module_new(&mut module) }, || "making a module".into())?;
        Ok(Module(module))
    }
}

struct Traced<'a> {
    forward: &'a mut dyn FnMut(&[Value]) -> Result<Vec<Value>>,
    failure: Option<std::result::Result<crate::Error, Box<dyn Any + Send>>>,
}

/// Adds a method: what `forward` does with `inputs`, on the module's parameters. Whatever Rust computes from a size is
/// baked in, so definitions stay free of shapes. A method that takes a list takes one of that length.
pub fn trace(
    module: &mut Module,
    method: &str,
    inputs: &[(&str, Value)],
    mut forward: impl FnMut(&[Value]) -> Result<Vec<Value>>,
) -> Result<()> {
    let c_method = sys::c_name(method)?;
    let names = inputs
        .iter()
        .map(|(name, _)| sys::c_name(name))
        .collect::<Result<Vec<CString>>>()?;
    let names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let values = Values::from(inputs.iter().map(|(_, value)| value))?;
    let mut traced = Traced {
        forward: &mut forward,
        failure: None,
    };
    let context = (&mut traced as *mut Traced).cast::<c_void>();
    // SAFETY: there is a name for each input, and all that is passed outlives the call.
    let message = unsafe {
        sys::gx_module_trace(
            module.0,
            c_method.as_ptr(),
            values.as_ptr(),
            names.as_ptr(),
            call,
            context,
        )
    };
    match traced.failure {
        None => sys::check(message, || format!("tracing {method}")),
        Some(failure) => {
            sys::take_text(message);
            match failure {
                Ok(error) => Err(error),
                Err(panic) => resume_unwind(panic),
            }
        }
    }
}

unsafe extern "C" fn call(context: *mut c_void, inputs: *const sys::GxValues, outputs: *mut sys::GxValues) -> i32 {
    // SAFETY: `context` is what `trace` passed.
    let traced = unsafe { &mut *context.cast::<Traced>() };
    // A panic must not unwind through C++: it goes on when the shim has returned.
    let traced_here = catch_unwind(AssertUnwindSafe(|| {
        let values = (traced.forward)(&read(inputs)?)?;
        values.iter().try_for_each(|value| push(outputs, value))
    }));
    match traced_here {
        Ok(Ok(())) => return 0,
        Ok(Err(error)) => traced.failure = Some(Ok(error)),
        Err(panic) => traced.failure = Some(Err(panic)),
    }
    1
}
