//! The k best of many that go by.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::error::{Error, Result};

/// A row of the corpus and how near it is, larger is nearer; never NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub rank: f64,
    pub index: u64,
}

impl Eq for Hit {}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The best is the least, so that the worst is at the top of a heap: a higher rank, and of equal ones the lower index.
impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
        // Adding 0 makes -0 to 0: they are one rank.
        (other.rank + 0.)
            .total_cmp(&(self.rank + 0.))
            .then(self.index.cmp(&other.index))
    }
}

#[derive(Debug, Default)]
pub struct Best {
    k: usize,
    hits: BinaryHeap<Hit>,
}

impl Best {
    pub fn new(k: usize) -> Result<Self> {
        let mut best = Self::unreserved(k);
        best.hits.try_reserve_exact(k).map_err(|_| {
            Error::OutOfMemory(format!("there is no memory for the {k} best of a query; ask for fewer"))
        })?;
        Ok(best)
    }

    /// The same where k is no more than memory was already had for.
    pub fn unreserved(k: usize) -> Self {
        Self {
            k,
            hits: BinaryHeap::new(),
        }
    }

    pub fn k(&self) -> usize {
        self.k
    }

    /// The rank that another has to reach, once there are k.
    pub fn worst(&self) -> Option<f64> {
        let full = self.hits.len() >= self.k;
        self.hits.peek().filter(|_| full).map(|hit| hit.rank)
    }

    pub fn offer(&mut self, hit: Hit) {
        if self.hits.len() < self.k {
            self.hits.push(hit);
        } else if let Some(mut worst) = self.hits.peek_mut() {
            if hit < *worst {
                *worst = hit;
            }
        }
    }

    /// The best first.
    pub fn into_sorted(self) -> Vec<Hit> {
        self.hits.into_sorted_vec()
    }
}

/// `Best` for each of `n` queries.
pub fn for_each(n: usize, k: usize) -> Result<Vec<Best>> {
    let mut all = Vec::new();
    all.try_reserve_exact(n).map_err(|_| {
        Error::OutOfMemory(format!(
            "there is no memory for the results of {n} queries; pass fewer at once"
        ))
    })?;
    for _ in 0..n {
        all.push(Best::new(k)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(k: usize, ranks: &[f64]) -> Vec<u64> {
        let mut best = Best::new(k).unwrap();
        for (index, rank) in (0..).zip(ranks) {
            best.offer(Hit { rank: *rank, index });
        }
        best.into_sorted().iter().map(|hit| hit.index).collect()
    }

    #[test]
    fn the_best_come_first_and_of_equals_the_lower_index() {
        let ranks = [0.1, 0.9, 0.5, 0.9, -1., 0.7, 0.9];
        assert_eq!(best(3, &ranks), [1, 3, 6]);
        assert_eq!(best(9, &ranks), [1, 3, 6, 5, 2, 0, 4]);
        assert_eq!(best(2, &[-0., 0., -0., 0.]), [0, 1]);
        assert!(best(0, &ranks).is_empty());
        let mut backwards = Best::new(1).unwrap();
        backwards.offer(Hit { rank: 1., index: 5 });
        backwards.offer(Hit { rank: 1., index: 2 });
        assert_eq!(backwards.worst(), Some(1.));
        assert_eq!(backwards.into_sorted()[0].index, 2);
    }

    #[test]
    fn more_than_memory_holds_is_an_error() {
        assert!(matches!(Best::new(usize::MAX / 64), Err(Error::OutOfMemory(_))));
        assert!(matches!(for_each(usize::MAX / 64, 1), Err(Error::OutOfMemory(_))));
    }
}
