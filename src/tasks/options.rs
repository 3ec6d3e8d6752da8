//! What callers may say of a task.

use crate::bundle::Activation;
use crate::error::{Error, Result};

#[derive(Debug, Clone, Default)]
pub struct TaskOptions {
    /// What makes scores of logits; `None`: as the model says.
    pub activation: Option<Activation>,
    /// How many predictions each item gets, the best first; 0: all.
    pub top_k: usize,
    /// What a label is put into in zero-shot tasks; holds "{}"; empty: the model's own.
    pub template: String,
}

/// A sentence with places for a label.
#[derive(Debug)]
pub struct Template<'a> {
    text: &'a str,
    places: usize,
}

impl<'a> Template<'a> {
    /// The one asked for, or else the usual one.
    pub fn new(asked: &'a str, usual: &'a str) -> Result<Self> {
        let text = if asked.is_empty() { usual } else { asked };
        match text.matches("{}").count() {
            0 => Err(Error::InvalidArgument(format!(
                "the template {text:?} has no place for the label; put {{}} where it is to stand"
            ))),
            places => Ok(Self { text, places }),
        }
    }

    /// The label in its places.
    pub fn fill(&self, label: &str) -> Result<String> {
        // The caller chooses all three sizes, so there may be no memory for them together.
        let length = self
            .places
            .saturating_mul(label.len())
            .saturating_add(self.text.len() - 2 * self.places);
        let mut filled = String::new();
        filled.try_reserve_exact(length).map_err(|_| {
            Error::OutOfMemory(format!(
                "no memory for a template with a label of {} bytes in {} places: {length} bytes together",
                label.len(),
                self.places
            ))
        })?;
        for (i, part) in self.text.split("{}").enumerate() {
            if i > 0 {
                filled.push_str(label);
            }
            filled.push_str(part);
        }
        Ok(filled)
    }
}

/// Scores of logits.
pub fn activate(activation: Activation, logits: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::Sigmoid => logits
            .iter_mut()
            .for_each(|x| *x = (1. / (1. + (-f64::from(*x)).exp())) as f32),
        Activation::Softmax => {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let exp = |x: f32| (f64::from(x) - f64::from(largest)).exp();
            let sum: f64 = logits.iter().map(|x| exp(*x)).sum();
            logits.iter_mut().for_each(|x| *x = (exp(*x) / sum) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_are_what_their_names_say() {
        let scores = |activation| {
            let mut scores = [1., 2., 3.];
            activate(activation, &mut scores);
            scores
        };
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near(scores(Activation::None), [1., 2., 3.]));
        assert!(near(scores(Activation::Softmax), [0.090_030_6, 0.244_728_5, 0.665_241]));
        assert!(near(
            scores(Activation::Sigmoid),
            [0.731_058_6, 0.880_797_1, 0.952_574_1]
        ));
        let mut large = [1000., 1000.];
        activate(Activation::Softmax, &mut large);
        assert_eq!(large, [0.5, 0.5]);
        activate(Activation::Softmax, &mut []);
    }

    #[test]
    fn a_template_has_a_place_for_the_label() {
        let fill = |template, label| Template::new(template, "").and_then(|template| template.fill(label));
        assert_eq!(fill("a photo of {}.", "{} cats").unwrap(), "a photo of {} cats.");
        assert_eq!(fill("{}{} and {}", "a").unwrap(), "aa and a");
        assert_eq!(Template::new("", "usual {}").unwrap().fill("a").unwrap(), "usual a");
        // More than there are addresses.
        let (many, long) = ("{}".repeat(1 << 24), "x".repeat(1 << 24));
        assert!(matches!(fill(&many, &long), Err(Error::OutOfMemory(_))));
        assert!(matches!(Template::new("a photo", "{}"), Err(Error::InvalidArgument(s)) if s.contains("{}")));
    }
}
