//! A program: a module frozen and rewritten for its device. Immutable; it may be run from any thread.

use std::collections::BTreeMap;
use std::ffi::{c_char, CString};

use super::module::Module;
use super::processor::has_kernels;
use super::threads::OwnThreads;
use super::values::{Value, Values};
use super::{sys, Device, Precision};
use crate::error::{Error, Result};

pub struct Program {
    raw: *mut sys::GxProgram,
    /// The methods whose products are all ours: for them new shapes cost neither time nor memory, and they use threads of our own.
    of_any_shape: Vec<String>,
}

// SAFETY: after it is made a program is only read: its graphs' code and weights are constant, and each run has a state of
// its own.
unsafe impl Send for Program {}
unsafe impl Sync for Program {}

impl Program {
    /// Freezes `methods` and rewrites their graphs. The module's weights go into the program.
    pub fn new(module: Module, methods: &[&str], device: Device) -> Result<Self> {
        Self::with(
            module,
            methods,
            device,
            device == Device::Cpu && has_kernels(Precision::F32),
        )
    }

    /// The same, with or without the kernels that want packed weights, ours and oneDNN's (on the CPU only).
    pub fn with(module: Module, methods: &[&str], device: Device, prepack: bool) -> Result<Self> {
        let names = methods
            .iter()
            .map(|name| sys::c_name(name))
            .collect::<Result<Vec<CString>>>()?;
        let names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let mut raw = std::ptr::null_mut();
        // SAFETY: the module is live and consumed; the names outlive the call.
        let message = unsafe {
            let (count, cuda) = (names.len(), device.cuda_index());
            sys::gx_program_new(module.0, names.as_ptr(), count, cuda, i32::from(prepack), &mut raw)
        };
        sys::check(message, || "optimising the model".into())?;
        Self::of(raw, methods)
    }

    fn of(raw: *mut sys::GxProgram, methods: &[&str]) -> Result<Self> {
        let mut program = Program {
            raw,
            of_any_shape: Vec::new(),
        };
        for method in methods {
            if any_shape(&program.operators(method)?) {
                program.of_any_shape.push(method.to_string());
            }
        }
        Ok(program)
    }

    /// Runs a method.
    pub fn run(&self, method: &str, inputs: &[Value]) -> Result<Vec<Value>> {
        let name = sys::c_name(method)?;
        let (inputs, mut outputs) = (Values::from(inputs)?, Values::new()?);
        let _threads = self.threads(method)?;
        // SAFETY: all handles are live.
        let message = unsafe { sys::gx_program_run(self.raw, name.as_ptr(), inputs.as_ptr(), outputs.as_mut_ptr()) };
        sys::check(message, || format!("running {method}"))?;
        outputs.to_vec()
    }

    /// Runs a method that returns one tensor.
    pub fn run_one(&self, method: &str, inputs: &[Value]) -> Result<tch::Tensor> {
        match self.run(method, inputs)?.pop() {
            Some(Value::Tensor(tensor)) => Ok(tensor),
            _ => Err(Error::BadModel(format!(
                "the model's method {method} does not return a tensor"
            ))),
        }
    }

    /// A program that gives element `n` of the list which a method returns, and computes nothing beyond it. It shares the weights.
    pub fn element(&self, method: &str, n: usize) -> Result<Self> {
        let name = sys::c_name(method)?;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the program is live and only read; the new one holds the weights, too.
        sys::check(
            unsafe { sys::gx_program_element(self.raw, name.as_ptr(), n, &mut raw) },
            || format!("taking result {n} of {method}"),
        )?;
        Self::of(raw, &[method])
    }

    /// The rewritten graph of a method, as text.
    pub fn graph(&self, method: &str) -> Result<String> {
        self.text(method, sys::gx_program_graph)
    }

    /// The operators of a method's rewritten graph, and how many there are of each: what was rewritten, and what stayed.
    pub fn operators(&self, method: &str) -> Result<BTreeMap<String, usize>> {
        let lines = self.text(method, sys::gx_program_operators)?;
        let operator = |line: &str| {
            let (name, times) = line.rsplit_once(' ')?;
            Some((name.to_string(), times.parse().ok()?))
        };
        Ok(lines.lines().filter_map(operator).collect())
    }

    /// Whether new shapes cost a method nothing.
    pub fn takes_any_shape(&self, method: &str) -> bool {
        self.of_any_shape.iter().any(|name| name == method)
    }

    /// Whether a method is a network of convolutions, all on our own kernels: one alone only cuts a picture into patches.
    pub fn convolves(&self, method: &str) -> Result<bool> {
        let operators = self.operators(method)?;
        let convolutions =
            ["glyxel::convolution", "glyxel::depthwise"].map(|name| operators.get(name).copied().unwrap_or(0));
        Ok(self.takes_any_shape(method) && convolutions.iter().sum::<usize>() > 1)
    }

    /// The threads of our own, if they are what a method runs on: two kinds of threads would be in each other's way. Whoever
    /// makes its inputs with libtorch holds them meanwhile.
    pub fn threads(&self, method: &str) -> Result<Option<OwnThreads>> {
        self.takes_any_shape(method).then(OwnThreads::begin).transpose()
    }

    fn text(&self, method: &str, ask: Ask) -> Result<String> {
        let name = sys::c_name(method)?;
        let mut text = std::ptr::null_mut();
        // SAFETY: the program and the name are live; the text is ours to free.
        sys::check(unsafe { ask(self.raw, name.as_ptr(), &mut text) }, || {
            format!("looking at the graph of {method}")
        })?;
        Ok(sys::take_text(text).unwrap_or_default())
    }
}

/// Whether a graph with these operators is content with any shape: oneDNN, which libtorch calls for products in half precision
/// and for convolutions too, makes a kernel for each new one.
fn any_shape(operators: &BTreeMap<String, usize>) -> bool {
    const OF_ONEDNN: [&str; 8] = [
        "linear",
        "matmul",
        "bmm",
        "baddbmm",
        "addmm",
        "mm",
        "_convolution",
        "conv2d",
    ];
    let theirs = |name: &String| match name.split_once("::") {
        Some(("aten", name)) => OF_ONEDNN.contains(&name),
        Some((library, _)) => library == "mkldnn",
        None => false,
    };
    const OURS: [&str; 3] = ["glyxel::linear", "glyxel::convolution", "glyxel::depthwise"];
    OURS.iter().any(|name| operators.contains_key(*name)) && !operators.keys().any(theirs)
}

/// A function of the shim that says something of a method.
type Ask = unsafe extern "C" fn(*const sys::GxProgram, *const c_char, *mut *mut c_char) -> *mut c_char;

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: made by the shim, freed once.
        unsafe { sys::gx_program_free(self.raw) }
    }
}
