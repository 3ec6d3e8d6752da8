//! What is done to pictures, against what Python does (tests/python/preprocessing_fixtures.py, photo_fixtures.py): the same pixels,
//! and the same refusals.

mod crafted;
mod photos;
mod refused;
mod support;
