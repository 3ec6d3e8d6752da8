//! Pictures → rows of a model's output: the next ones are decoded and resized while the last ones compute.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::control::{Call, Stage};
use crate::engine::{self, Batcher, Queue};
use crate::error::Result;
use crate::image::Picture;
use crate::model::{ImageBatcher, Preparation};

/// How many times are handed over what is prepared at a time: one computes, one waits. More would only take memory.
const AHEAD: usize = 2;

/// How many pictures are prepared at a time, where a batch takes fewer: one that is slow to decode then holds up no batch.
const AT_LEAST: usize = 8;

/// One row for each picture, in their order.
pub fn rows(
    queue: &Arc<Queue<ImageBatcher>>,
    preparation: Preparation,
    pictures: Vec<Picture>,
    call: &Call,
) -> Result<Vec<Vec<f32>>> {
    let (total, size) = (pictures.len() as u64, queue.batcher().budget().max(AT_LEAST));
    // Only what nothing computes beside is a stage of its own.
    call.stage(Stage::Decoding, total.min(size as u64));
    let mut pictures = pictures.into_iter().enumerate();
    let mut started = VecDeque::new();
    let mut rows = Vec::new();
    loop {
        let next: Vec<(usize, Picture)> = pictures.by_ref().take(size).collect();
        if next.is_empty() {
            break;
        }
        let (preparation, is_first) = (preparation.clone(), started.is_empty() && rows.is_empty());
        let prepare = move |(i, picture), call: &Call| {
            let prepared = preparation.prepare(picture, call);
            let prepared = prepared.map_err(|e| e.about(format_args!("images[{i}]")))?;
            if is_first {
                call.advance(1);
            }
            Ok(prepared)
        };
        let pixels = engine::map(call, next, prepare)?;
        if is_first {
            call.stage(Stage::Computing, total);
        }
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
