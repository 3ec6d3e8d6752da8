//! glyxel: pretrained text and image encoders behind one stable C header.
//!
//! The map, in the order in which data flows (docs/architecture.md says more):
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`source`] | where a model comes from: Hugging Face ids, checkpoint folders, bundle files, bytes; the conversion cache |
//! | [`models`] | the architectures, each written once over shared blocks |
//! | [`convert`] | checkpoint → bundle |
//! | [`bundle`] | the file format and its manifest |
//! | [`torch`] | all that knows libtorch beyond `tch`: tracing, archives, the graph optimiser, devices |
//! | [`text`], [`image`] | text → token ids, pictures → normalised pixels |
//! | [`engine`] | the library's threads, its queue, its batches |
//! | [`model`] | a loaded model: what the tasks run on |
//! | [`tasks`] | texts and pictures → embeddings, labels |
//! | [`ffi`] | the C ABI and nothing else |
//!
//! Leaves that any module may use: [`error`], [`control`] (cancelling, deadlines, progress), [`options`] (settings by name),
//! [`log`], [`guard`] (panics become errors).

pub mod bundle;
pub mod control;
pub mod convert;
pub mod engine;
pub mod error;
pub mod ffi;
pub mod guard;
pub mod image;
pub mod log;
pub mod model;
pub mod models;
pub mod options;
pub mod source;
pub mod tasks;
pub mod text;
pub mod torch;

pub use control::{Call, Control};
pub use error::{Error, Result};
pub use model::Model;
