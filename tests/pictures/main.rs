//! Pictures of every format and mode against what Pillow makes of them, and strangers' files that mean no good.
//! tests/python/picture_fixtures.py makes the fixtures.

mod bombs;
mod damaged;
mod memory;
mod refused;
mod right;
mod support;
