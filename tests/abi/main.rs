//! The C ABI, called as C calls it.

mod arguments;
mod cancel;
mod cannot;
mod files;
mod fuzz;
mod handles;
mod heads;
mod image_control;
mod images;
mod log;
mod nothing;
mod options;
mod pictures;
mod predictions;
mod similarity;
mod similarity_labels;
mod support;
mod templates;
mod threads;
mod tokens;
