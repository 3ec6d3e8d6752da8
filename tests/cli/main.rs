//! The command line, as it is run: the built program on a small model, its output, its exit codes, and what it leaves behind.

mod compare;
mod embed;
mod failures;
mod heads;
mod models;
mod pictures;
mod support;
mod terminal;
