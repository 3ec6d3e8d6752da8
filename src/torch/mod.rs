//! All that knows libtorch beyond `tch`: tracing, archives, the graph optimiser, devices and threads.
//!
//! Tensors are touched on the engine's compute threads only. Names of devices and precisions, the version, and what is asked
//! of the process ([`process`]) may be used from any thread.

mod batch;
pub mod cuda;
pub mod device;
pub mod module;
mod padding;
pub mod process;
mod processor;
mod products;
pub mod program;
mod sys;
mod threads;
pub mod trace;
pub mod values;

pub use batch::batch;
pub use device::{Device, Precision};
pub use module::{parameters, Module};
pub use padding::Padding;
pub use processor::kernels;
pub use products::products;
pub use program::Program;
pub use sys::error;
pub use threads::{libtorch_version, start_compute_thread};
pub use trace::trace;
pub use values::Value;
