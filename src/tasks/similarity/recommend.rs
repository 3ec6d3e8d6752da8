//! What is like the things that somebody liked, and is new to them.

use super::metric::dot;
use super::search::{self, Search};
use super::{Found, Metric, Read};
use crate::control::Call;
use crate::error::{Error, Result};

/// Items, and what is known of somebody's taste: places among the items.
pub struct Taste {
    pub items: usize,
    pub dim: usize,
    pub liked: Vec<u64>,
    pub seen: Vec<u64>,
}

/// The k items nearest to the mean of those that were liked; these and the seen ones are left out. For the cosine, each liked
/// item counts alike, however long its vector is.
pub fn recommend(items: Read<f32>, taste: &Taste, metric: Metric, k: usize, call: &Call) -> Result<Found> {
    if taste.liked.is_empty() {
        return Err(Error::InvalidArgument(
            "liked is empty, and nothing is near the mean of nothing; name an item at least".into(),
        ));
    }
    let mut left_out = Vec::new();
    left_out
        .try_reserve_exact(taste.items)
        .map_err(|_| Error::OutOfMemory(format!("there is no memory for {} items", taste.items)))?;
    left_out.resize(taste.items, false);
    for (name, places) in [("liked", &taste.liked), ("seen", &taste.seen)] {
        for (i, place) in places.iter().enumerate() {
            let out = usize::try_from(*place).ok().and_then(|place| left_out.get_mut(place));
            *out.ok_or_else(|| {
                Error::InvalidArgument(format!(
                    "{name}[{i}] is {place}, but there are {} items, counted from 0",
                    taste.items
                ))
            })? = true;
        }
    }
    let search = Search {
        left_out,
        names: ["the mean of liked", "items"],
        ..Search::new(metric, k, taste.dim, taste.items)
    };
    search::check_k(k, taste.items, &search.left_out, "vectors")?;
    let query = mean(items, taste, metric, call)?;
    search::top_k(query, items, &search, call)
}

/// In f64, in the order given.
fn mean(items: Read<f32>, taste: &Taste, metric: Metric, call: &Call) -> Result<Vec<f32>> {
    let mut sum = Vec::new();
    sum.try_reserve_exact(taste.dim)
        .map_err(|_| Error::OutOfMemory(format!("there is no memory for {} values", taste.dim)))?;
    sum.resize(taste.dim, 0f64);
    for place in &taste.liked {
        call.check()?;
        let item = items(*place as usize, 1)?;
        if let Some(at) = item.iter().position(|x| !x.is_finite()) {
            return Err(Error::InvalidArgument(format!(
                "items[{place}]: value {at} is not finite, and the item was liked; make its vector anew"
            )));
        }
        let weight = match metric {
            Metric::Cosine => inverse_length(&item),
            _ => 1.,
        };
        for (sum, value) in sum.iter_mut().zip(&item) {
            *sum += f64::from(*value) * weight;
        }
    }
    let n = taste.liked.len() as f64;
    Ok(sum.iter().map(|sum| (sum / n) as f32).collect())
}

/// 0 for a vector of zeros, which points nowhere.
pub fn inverse_length(vector: &[f32]) -> f64 {
    let length = dot(vector, vector).sqrt();
    if length > 0. {
        1. / length
    } else {
        0.
    }
}
