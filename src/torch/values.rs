//! What methods take and return: tensors and lists of tensors.

use tch::Tensor;

use super::sys;
use crate::error::Result;

/// An argument or a result of a TorchScript method.
pub enum Value {
    Tensor(Tensor),
    List(Vec<Tensor>),
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Value::Tensor(tensor)
    }
}

/// The shim's own list of values.
pub(super) struct Values(*mut sys::GxValues);

impl Values {
    pub fn new() -> Result<Self> {
        let mut list = std::ptr::null_mut();
        // SAFETY: writes a new empty list, which Drop frees.
        sys::check(unsafe { sys::gx_values_new(&mut list) }, || {
            "making a list of values".into()
        })?;
        Ok(Values(list))
    }

    pub fn from<'a>(values: impl IntoIterator<Item = &'a Value>) -> Result<Self> {
        let list = Self::new()?;
        for value in values {
            push(list.0, value)?;
        }
        Ok(list)
    }

    pub fn as_ptr(&self) -> *const sys::GxValues {
        self.0
    }

    pub fn as_mut_ptr(&mut self) -> *mut sys::GxValues {
        self.0
    }

    pub fn to_vec(&self) -> Result<Vec<Value>> {
        read(self.0)
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        // SAFETY: made by gx_values_new, freed once.
        unsafe { sys::gx_values_free(self.0) }
    }
}

pub(super) fn push(list: *mut sys::GxValues, value: &Value) -> Result<()> {
    // SAFETY: `list` is a live list; the shim takes its own references to the tensors.
    let message = unsafe {
        match value {
            Value::Tensor(tensor) => sys::gx_values_push_tensor(list, tensor.as_ptr()),
            Value::List(tensors) => {
                let pointers: Vec<_> = tensors.iter().map(|t| t.as_ptr()).collect();
                sys::gx_values_push_list(list, pointers.as_ptr(), pointers.len())
            }
        }
    };
    sys::check(message, || "passing a value to libtorch".into())
}

pub(super) fn read(list: *const sys::GxValues) -> Result<Vec<Value>> {
    let tensor = |i: usize, j: usize| {
        let mut tensor = std::ptr::null_mut();
        // SAFETY: `list` is a live list; a position outside it is an error of the shim's.
        sys::check(unsafe { sys::gx_values_tensor(list, i, j, &mut tensor) }, || {
            "taking a value from libtorch".into()
        })?;
        // SAFETY: a new reference, which is ours.
        Ok(unsafe { Tensor::from_ptr(tensor) })
    };
    // SAFETY: `list` is a live list, and the positions asked for are below its length.
    let (count, length) = unsafe { (sys::gx_values_count(list), |i| sys::gx_values_list_length(list, i)) };
    (0..count)
        .map(|i| match length(i) {
            -1 => tensor(i, 0).map(Value::Tensor),
            n => (0..n as usize)
                .map(|j| tensor(i, j))
                .collect::<Result<_>>()
                .map(Value::List),
        })
        .collect()
}
