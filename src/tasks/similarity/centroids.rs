//! Labels from a few examples: each is the mean of its examples' directions, and a vector gets the nearest (Rocchio's classifier).

use std::sync::Arc;

use super::recommend::inverse_length;
use super::search::{self, Search};
use super::{check_threshold, Metric};
use crate::control::Call;
use crate::error::{Error, Result};

/// What the examples of each label sum up to.
pub struct Centroids {
    dim: usize,
    /// For each label the sum of its examples, each of length 1; one label after the other.
    sums: Vec<f64>,
    counts: Vec<u64>,
    /// As they are since the last examples came, once somebody asked.
    learned: Option<Arc<Learned>>,
}

/// A label and how near its centroid is; no label: none is near enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    pub label: Option<usize>,
    pub score: f32,
}

impl Centroids {
    pub fn new(labels: usize, dim: usize) -> Result<Self> {
        if labels == 0 || labels > i32::MAX as usize {
            return Err(Error::InvalidArgument(format!(
                "n_labels is {labels}; give how many labels there are, from 1 to {}",
                i32::MAX
            )));
        }
        let mut new = Self {
            dim,
            sums: Vec::new(),
            counts: Vec::new(),
            learned: None,
        };
        let values = labels
            .checked_mul(dim)
            .filter(|n| new.sums.try_reserve_exact(*n).is_ok() && new.counts.try_reserve_exact(labels).is_ok())
            .ok_or_else(|| Error::OutOfMemory(format!("there is no memory for {labels} labels of {dim} values")))?;
        new.sums.resize(values, 0.);
        new.counts.resize(labels, 0);
        Ok(new)
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Learns examples, all of them or none: `labels[i]` is that of row i.
    pub fn add(&mut self, examples: &[f32], labels: &[i32]) -> Result<()> {
        let place = |(i, label): (usize, &i32)| {
            let place = usize::try_from(*label).ok().filter(|label| *label < self.counts.len());
            place.ok_or_else(|| {
                Error::InvalidArgument(format!(
                    "labels[{i}] is {label}, but there are {} labels, counted from 0",
                    self.counts.len()
                ))
            })
        };
        let places = labels.iter().enumerate().map(place).collect::<Result<Vec<_>>>()?;
        let rows = || examples.chunks_exact(self.dim.max(1));
        for (i, row) in rows().enumerate() {
            if let Some(at) = row.iter().position(|x| !x.is_finite()) {
                return Err(Error::InvalidArgument(format!(
                    "vectors[{i}]: value {at} is not finite; leave the example out or make its vector anew"
                )));
            }
        }
        self.learned = None;
        let dim = self.dim;
        for (row, place) in rows().zip(places) {
            let weight = inverse_length(row);
            let sums = self.sums.get_mut(place * dim..(place + 1) * dim).unwrap_or_default();
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(*value) * weight;
            }
            if let Some(count) = self.counts.get_mut(place) {
                *count += 1;
            }
        }
        Ok(())
    }

    /// The label's centroid, of length 1, and the number of its examples; zeros if there are none, or if they cancel out.
    pub fn get(&self, label: usize) -> Result<(Vec<f32>, u64)> {
        let count = self.counts.get(label).ok_or_else(|| {
            Error::InvalidArgument(format!(
                "there is no label {label}: there are {}, counted from 0",
                self.counts.len()
            ))
        })?;
        let sums = self.sums.get(label * self.dim..(label + 1) * self.dim);
        let sums = sums.unwrap_or_default();
        let length = sums.iter().map(|x| x * x).sum::<f64>().sqrt();
        let unit = |x: &f64| if length > 0. { (x / length) as f32 } else { 0. };
        Ok((sums.iter().map(unit).collect(), *count))
    }

    /// The labels that have examples, and their centroids.
    pub fn learned(&mut self) -> Result<Arc<Learned>> {
        if let Some(learned) = &self.learned {
            return Ok(learned.clone());
        }
        let mut learned = Learned {
            dim: self.dim,
            labels: Vec::new(),
            centroids: Vec::new(),
        };
        learned
            .centroids
            .try_reserve_exact(self.sums.len())
            .map_err(|_| Error::OutOfMemory(format!("there is no memory for {} values", self.sums.len())))?;
        for (label, _) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            learned.labels.push(label);
            learned.centroids.extend(self.get(label)?.0);
        }
        if learned.labels.is_empty() {
            return Err(Error::InvalidArgument(
                "no label has an example yet; add some before anything is classified".into(),
            ));
        }
        Ok(self.learned.insert(Arc::new(learned)).clone())
    }
}

/// Centroids as they were when a call began.
pub struct Learned {
    dim: usize,
    labels: Vec<usize>,
    centroids: Vec<f32>,
}

impl Learned {
    /// The nearest label of each vector, by cosine; none if that is below the threshold.
    pub fn classify(&self, vectors: Vec<f32>, threshold: f32, call: &Call) -> Result<Vec<Answer>> {
        check_threshold(threshold)?;
        let search = Search {
            names: ["vectors", "centroids"],
            ..Search::new(Metric::Cosine, 1, self.dim, self.labels.len())
        };
        let read = &mut |first: usize, n: usize| {
            let values = self.centroids.get(first * self.dim..(first + n) * self.dim);
            Ok(values.unwrap_or_default().to_vec())
        };
        let found = search::top_k(vectors, read, &search, call)?;
        let answer = |(index, score): (&u64, &f32)| Answer {
            label: self
                .labels
                .get(*index as usize)
                .copied()
                .filter(|_| *score >= threshold),
            score: *score,
        };
        Ok(found.index.iter().zip(&found.score).map(answer).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_learned_whole_or_not_at_all() {
        let mut centroids = Centroids::new(3, 2).unwrap();
        assert!(centroids.learned().is_err());
        centroids.add(&[3., 0., 0., 7., 0., 1.], &[0, 2, 2]).unwrap();
        let before = centroids.get(0).unwrap();
        let Err(Error::InvalidArgument(sentence)) = centroids.add(&[0., 1., 0., 1.], &[0, 3]) else {
            panic!("a label that is not there was taken")
        };
        assert!(sentence.contains("labels[1] is 3"), "{sentence}");
        assert!(centroids.add(&[0., 1., f32::NAN, 1.], &[0, 0]).is_err());
        assert_eq!(centroids.get(0).unwrap(), before);
        assert_eq!((before, centroids.get(2).unwrap().1), ((vec![1., 0.], 1), 2));
        let learned = centroids.learned().unwrap();
        assert_eq!(
            (&learned.labels[..], &learned.centroids[..]),
            (&[0, 2][..], &[1., 0., 0., 1.][..])
        );
        centroids.add(&[1., 0.], &[1]).unwrap();
        assert_eq!(centroids.learned().unwrap().labels, [0, 1, 2]);
        assert_eq!(learned.labels, [0, 2]);
    }

    #[test]
    fn examples_that_cancel_out_point_nowhere() {
        let mut centroids = Centroids::new(1, 1).unwrap();
        centroids.add(&[2., -5.], &[0, 0]).unwrap();
        assert_eq!(centroids.get(0).unwrap(), (vec![0.], 2));
        assert!(centroids.get(1).is_err());
    }
}
