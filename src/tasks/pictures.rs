//! Pictures → rows of a model's output: the next ones are decoded and resized while the last ones compute.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::control::{Call, Stage};
use crate::engine::{self, Batcher, Queue};
use crate::error::Result;
use crate::image::Picture;
use crate::model::{ImageBatcher, Preparation};

/// How many batches are handed over at once: one computes, one waits. More would only take memory.
const AHEAD: usize = 2;

/// One row for each picture, in their order.
pub fn rows(
    queue: &Arc<Queue<ImageBatcher>>,
    preparation: Preparation,
    pictures: Vec<Picture>,
    call: &Call,
) -> Result<Vec<Vec<f32>>> {
    call.stage(Stage::Computing, pictures.len() as u64);
    let size = queue.batcher().budget();
    let mut pictures = pictures.into_iter().enumerate();
    let mut started = VecDeque::new();
    let mut rows = Vec::new();
    loop {
        let next: Vec<(usize, Picture)> = pictures.by_ref().take(size).collect();
        if next.is_empty() {
            break;
        }
        let preparation = preparation.clone();
        let prepare = move |(i, picture)| {
            let prepared = preparation.prepare(picture);
            prepared.map_err(|e| e.about(format_args!("images[{i}]")))
        };
        let pixels = engine::map(call, next, prepare)?;
        started.push_back(queue.start(pixels, call)?);
        if started.len() == AHEAD {
            rows.extend(started.pop_front().map_or(Ok(Vec::new()), |batch| batch.wait())?);
        }
    }
    for batch in started {
        rows.extend(batch.wait()?);
    }
    Ok(rows)
}
