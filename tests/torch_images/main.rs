//! The graph rewrites for convolutional networks: each does what it is for, results stay the same, and what doesn't fit stays.

mod activations;
mod batch_norms;
mod sums;
mod support;
mod weights;

#[path = "../support/processor.rs"]
mod processor;
