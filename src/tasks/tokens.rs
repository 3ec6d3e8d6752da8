//! Texts → items for a queue: tokenised on the pool, a piece at a time.

use crate::control::{Call, Stage};
use crate::engine;
use crate::error::Result;

/// How many texts one piece of work for the pool tokenises: enough to outweigh handing it over.
const TEXTS_A_PIECE: usize = 32;

/// One item for each input, in their order.
pub fn items<T: Send + 'static, I: Send + 'static>(
    inputs: Vec<T>,
    call: &Call,
    encode: impl Fn(&T) -> Result<I> + Send + Sync + 'static,
) -> Result<Vec<I>> {
    call.stage(Stage::Tokenizing, inputs.len() as u64);
    let encode = move |inputs: Vec<T>, call: &Call| {
        let items = inputs.iter().map(&encode).collect::<Result<Vec<_>>>()?;
        call.advance(items.len() as u64);
        Ok(items)
    };
    Ok(engine::map(call, pieces(inputs), encode)?
        .into_iter()
        .flatten()
        .collect())
}

pub fn pieces<T>(inputs: Vec<T>) -> Vec<Vec<T>> {
    let mut inputs = inputs.into_iter();
    std::iter::from_fn(|| Some(inputs.by_ref().take(TEXTS_A_PIECE).collect::<Vec<_>>()).filter(|p| !p.is_empty()))
        .collect()
}
