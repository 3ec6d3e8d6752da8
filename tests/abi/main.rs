//! The C ABI, called as C calls it.

mod arguments;
mod cancel;
mod files;
mod fuzz;
mod handles;
mod heads;
mod images;
mod log;
mod options;
mod similarity;
mod similarity_labels;
mod support;
mod threads;
