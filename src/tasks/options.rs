//! What callers may say of a task.

use crate::bundle::Activation;

#[derive(Debug, Clone, Default)]
pub struct TaskOptions {
    /// What makes scores of logits; `None`: as the model says.
    pub activation: Option<Activation>,
    /// How many predictions each item gets, the best first; 0: all.
    pub top_k: usize,
    /// What labels are put into in zero-shot tasks; each holds "{}"; of several the results are averaged; none: the usual one.
    pub templates: Vec<String>,
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
}
