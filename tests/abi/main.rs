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
mod support;
mod threads;
