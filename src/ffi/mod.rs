//! The C ABI and nothing else: handles, strings, the guard. Its conventions are stated once, at the top of the header
//! (`cbindgen.toml`), and its documentation is the header's: written here, on each function, in one form: what it does;
//! each parameter; what it gives back and who frees it; which errors, besides those that every function can give.
//!
//! # Safety
//! The same for every function, so it is not repeated on each: a pointer is NULL where its documentation allows that, or
//! points to as many readable (outputs: writable) values as the documentation says, for the duration of the call. Handles
//! are keys, not addresses (`handle.rs`), and any value of them is safe. Nothing needs to be aligned.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

pub mod centroids;
pub mod classify;
pub mod control;
pub mod duplicates;
pub mod embed;
pub mod error;
mod guard;
mod handle;
pub mod image;
pub mod library;
pub mod log;
pub mod max_sim;
pub mod model;
pub mod options;
mod output;
pub mod pairs;
pub mod predictions;
pub mod quantize;
pub mod similarity;
pub mod str;
pub mod task;
pub mod tokens;
mod vectors;
mod versioned;
pub mod zero_shot;
