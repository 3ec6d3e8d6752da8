//! Networks of a few random weights, and seeing that what the rewrites make of them gives the same.

use std::sync::{Mutex, OnceLock, PoisonError};

use glyxel::torch::{self, trace, Device, Module, Precision, Program, Value};
use tch::{Kind, Tensor};

pub fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

pub fn tensor(value: &Value) -> &Tensor {
    match value {
        Value::Tensor(tensor) => tensor,
        Value::List(_) => panic!("a list where a tensor was expected"),
    }
}

pub use super::processor::{onednn_packs, packs};

/// A program whose convolutions are oneDNN's where they would be our own.
pub fn onednn(module: Module, methods: &[&str]) -> Program {
    without("own_convolution", module, methods)
}

/// A program on a processor that packs, with our own convolutions.
fn own(module: Module, methods: &[&str]) -> Program {
    without("", module, methods)
}

fn without(rewrite: &str, module: Module, methods: &[&str]) -> Program {
    // A variable is the whole process's, and tests run side by side: every program that may pack is made here.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    static GIVEN: OnceLock<String> = OnceLock::new();
    let given = GIVEN.get_or_init(|| std::env::var("GLYXEL_WITHOUT").unwrap_or_default());
    std::env::set_var("GLYXEL_WITHOUT", format!("{given},{rewrite}"));
    Program::new(module, methods, Device::Cpu).unwrap()
}

pub type Forward<'a> = &'a dyn Fn(&Tensor) -> Tensor;

/// Weights of a test's network; those asked for first come first.
pub struct Weights(pub Vec<Tensor>);

impl Weights {
    pub fn new(shapes: &[&[i64]]) -> Self {
        torch::start_compute_thread(Device::Cpu, 2).unwrap();
        let scaled = |shape: &&[i64]| random(shape) / (shape[1..].iter().product::<i64>() as f64).sqrt();
        Weights(shapes.iter().map(scaled).collect())
    }

    /// Four vectors after all others: a batch norm's scale, shift, mean and variance.
    pub fn with_norm(mut self, channels: i64) -> Self {
        for _ in 0..4 {
            self.0.push(random(&[channels]).abs() + 0.5);
        }
        self
    }

    pub fn norm(&self, x: &Tensor, training: bool) -> Tensor {
        let [scale, shift, mean, variance] = &self.0[self.0.len() - 4..] else {
            panic!("no norm")
        };
        x.batch_norm(
            Some(scale),
            Some(shift),
            Some(mean),
            Some(variance),
            training,
            0.1,
            1e-3,
            false,
        )
    }

    pub fn module(&self, methods: &[(&str, Forward)], x: &Tensor) -> Module {
        let mut module = Module::empty().unwrap();
        for (i, weight) in self.0.iter().enumerate() {
            module.set_parameter(&format!("part_{i}.weight"), weight).unwrap();
        }
        for (name, forward) in methods {
            let example = [("x", x.shallow_clone().into())];
            trace(&mut module, name, &example, |x| Ok(vec![forward(tensor(&x[0])).into()])).unwrap();
        }
        module
    }

    /// Sees that the network's results are those of `forward` itself, packed for oneDNN, for our own kernels or not at all, for several batches and
    /// memory layouts, in f32 and in bf16. Returns the graphs: packed for oneDNN where this machine packs, and not packed.
    pub fn check(&self, forward: Forward, shape: [i64; 3]) -> (String, String) {
        let [c, h, w] = shape;
        let methods = [("embed", forward)];
        let module = || self.module(&methods, &random(&[2, c, h, w]));
        let packed = onednn(module(), &["embed"]);
        let ours = own(module(), &["embed"]);
        let plain = Program::with(module(), &["embed"], Device::Cpu, false).unwrap();
        let cast = || {
            let mut cast = module();
            cast.cast(Precision::Bf16).unwrap();
            cast
        };
        let halves = [onednn(cast(), &["embed"]), own(cast(), &["embed"])];
        for x in [
            random(&[1, c, h, w]),
            random(&[5, c, h, w]),
            random(&[5, h, w, c]).permute([0, 3, 1, 2]),
        ] {
            let (before, expected) = (x.copy(), forward(&x.copy()));
            let most = expected.abs().max().double_value(&[]).max(1.);
            for program in [&packed, &ours, &plain] {
                let got = program.run_one("embed", &[x.shallow_clone().into()]).unwrap();
                assert_eq!(got.size(), expected.size());
                let off = (&got - &expected).abs().max().double_value(&[]) / most;
                assert!(off < 1e-5, "off by {off}: {}", program.graph("embed").unwrap());
            }
            assert!(x.equal(&before), "the caller's picture was written to");
            let expected = expected.flatten(0, -1);
            for half in &halves {
                let got = half.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
                let got = got.to_kind(Kind::Float).flatten(0, -1);
                let cosine = Tensor::cosine_similarity(&got, &expected, 0, 1e-9).double_value(&[]);
                assert!(cosine > 0.999, "{cosine}: {}", half.graph("embed").unwrap());
            }
        }
        (packed.graph("embed").unwrap(), plain.graph("embed").unwrap())
    }
}

pub fn convolve(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: i64, groups: i64) -> Tensor {
    let padding = [weight.size()[2] / 2, weight.size()[3] / 2];
    x.conv2d(weight, bias, [stride, stride], padding, [1, 1], groups)
}

pub fn plain(x: &Tensor, weight: &Tensor) -> Tensor {
    convolve(x, weight, None, 1, 1)
}
