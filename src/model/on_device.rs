//! A libtorch object that is dropped on its device's thread, whoever drops it last.

use crate::engine;
use crate::error::{Error, Result};
use crate::torch::Device;

pub struct OnDevice<T: Send + 'static> {
    device: Device,
    value: Option<T>,
}

impl<T: Send + 'static> OnDevice<T> {
    pub fn new(device: Device, value: T) -> Self {
        OnDevice {
            device,
            value: Some(value),
        }
    }

    pub fn device(&self) -> Device {
        self.device
    }

    pub fn get(&self) -> Result<&T> {
        self.value
            .as_ref()
            .ok_or_else(|| Error::Internal("the model was dropped in use".into()))
    }
}

impl<T: Send + 'static> Drop for OnDevice<T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            engine::drop_on_compute(self.device, value);
        }
    }
}
