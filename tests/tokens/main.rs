//! Vectors of tokens against `transformers`, PyLate's and colbert-ai's arithmetic, and NumPy (tests/python/token_fixtures.py).

#[path = "../support/mod.rs"]
mod support;

mod hidden_states;
mod late_interaction;
mod max_sim;
mod spans;
