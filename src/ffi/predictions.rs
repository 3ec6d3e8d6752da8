//! What a classification gives: a list of labels with scores for each item.

use super::error::glyxel_status;
use super::guard;
use super::handle::{Kind, Table};
use super::str::glyxel_str;
use crate::error::Error;
use crate::tasks::classify::Predictions;

/// The predictions for each item of a call. A handle: a key, never to be followed.
pub struct glyxel_predictions(());

static PREDICTIONS: Table<Predictions> = Table::new(Kind::Predictions);

pub(super) fn insert(predictions: Predictions) -> *mut glyxel_predictions {
    PREDICTIONS.insert(predictions)
}

/// Says how many predictions an item has: o->top_k, or as many as there are classes.
///
/// p: the predictions.
/// item: the item's place among those of the call.
/// Returns the number; 0 if there is no such item, or p is NULL or freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_predictions_count(p: *const glyxel_predictions, item: usize) -> usize {
    guard::value(0, || Ok(PREDICTIONS.get(p)?.items().get(item).map_or(0, Vec::len)))
}

/// Reads one prediction.
///
/// p: the predictions.
/// item: the item's place among those of the call.
/// rank: 0 for the one of the highest score, then the next.
/// label: gets the class's name, which belongs to p and lives as long; may be NULL.
/// index: gets the class's place among the model's; may be NULL.
/// score: gets the score; may be NULL.
/// Errors: GLYXEL_INVALID_ARGUMENT if there is no such item or rank, or p is NULL; GLYXEL_INVALID_HANDLE if p was freed.
#[no_mangle]
pub unsafe extern "C" fn glyxel_predictions_get(
    p: *const glyxel_predictions,
    item: usize,
    rank: usize,
    label: *mut glyxel_str,
    index: *mut i64,
    score: *mut f32,
) -> glyxel_status {
    guard::status(std::ptr::null_mut(), || {
        let predictions = PREDICTIONS.get(p)?;
        let found = predictions.items().get(item).and_then(|item| item.get(rank));
        let found = found.ok_or_else(|| {
            Error::InvalidArgument(format!(
                "there is no prediction {rank} of item {item}; ask glyxel_predictions_count"
            ))
        })?;
        let name = predictions.label(found.index).unwrap_or_default();
        write(label, glyxel_str::new(name));
        write(index, found.index as i64);
        write(score, found.score);
        Ok(())
    })
}

unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: the caller's word; nothing need be aligned.
        out.write_unaligned(value);
    }
}

/// Frees predictions, and the labels read from them.
///
/// p: the predictions, or NULL.
#[no_mangle]
pub unsafe extern "C" fn glyxel_predictions_free(p: *mut glyxel_predictions) {
    guard::value((), || {
        PREDICTIONS.remove(p);
        Ok(())
    })
}
