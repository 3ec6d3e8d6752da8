//! The nearest of many, kept while they go by.

/// Something found, and how near it is.
pub struct Hit<D> {
    pub score: f32,
    pub document: D,
}

/// The `k` nearest to one query, by the product of vectors of length 1.
pub struct Nearest<D> {
    k: usize,
    query: Vec<f32>,
    hits: Vec<Hit<D>>,
}

impl<D> Nearest<D> {
    pub fn new(k: usize, query: &[f32]) -> Self {
        Self {
            k,
            query: query.to_vec(),
            hits: Vec::new(),
        }
    }

    /// The best first.
    pub fn hits(&self) -> &[Hit<D>] {
        &self.hits
    }

    pub fn offer(&mut self, vector: &[f32], document: impl FnOnce() -> D) {
        let score = self.query.iter().zip(vector).map(|(q, v)| q * v).sum::<f32>();
        if self.hits.len() == self.k && self.hits.last().is_some_and(|worst| worst.score >= score) {
            return;
        }
        // Of equal ones the first stays first.
        let place = self.hits.partition_point(|hit| hit.score >= score);
        self.hits.truncate(self.k.saturating_sub(1));
        let hit = Hit {
            score,
            document: document(),
        };
        self.hits.insert(place.min(self.hits.len()), hit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_in_order_and_equals_as_they_come() {
        let places = |k: usize, more: &[f32]| {
            let mut nearest = Nearest::new(k, &[1.]);
            for (place, score) in [0.1, 0.9, 0.5, 0.9, -1., 0.7].iter().chain(more).enumerate() {
                nearest.offer(&[*score], || place);
            }
            nearest.hits().iter().map(|hit| hit.document).collect::<Vec<_>>()
        };
        assert_eq!(places(3, &[]), [1, 3, 5]);
        assert_eq!(places(3, &[0.95]), [6, 1, 3]);
        assert_eq!(places(1, &[]), [1]);
        assert_eq!(places(9, &[]), [1, 3, 5, 2, 0, 4]);
    }
}
