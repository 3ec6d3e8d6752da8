//! Pictures to vectors and labels, whole, on small checkpoints: equal to `transformers` (tests/python/image_checkpoints.py).

mod bundles;
mod checkpoints;
mod labels;
mod other_sizes;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod vectors;
