//! Programs of one method, and what is to be expected of them.

use glyxel::torch::{self, trace, Device, Module, Precision, Program, Value};
use tch::{Kind, Tensor};

pub use super::processor::available;

pub fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

fn tensor(value: &Value) -> &Tensor {
    match value {
        Value::Tensor(tensor) => tensor,
        Value::List(_) => panic!("a list where a tensor was expected"),
    }
}

/// A program of one method, "run", in both precisions.
pub struct Traced {
    archive: Vec<u8>,
}

impl Traced {
    pub fn new(parameters: &[(&str, &Tensor)], inputs: &[&Tensor], run: impl Fn(&[Tensor]) -> Tensor) -> Self {
        torch::start_compute_thread(Device::Cpu, 2).unwrap();
        let mut module = Module::empty().unwrap();
        for (name, value) in parameters {
            module.set_parameter(name, value).unwrap();
        }
        let names: Vec<String> = (0..inputs.len()).map(|i| format!("x{i}")).collect();
        let named: Vec<(&str, Value)> = names
            .iter()
            .zip(inputs)
            .map(|(name, input)| (name.as_str(), Value::Tensor(input.shallow_clone())))
            .collect();
        trace(&mut module, "run", &named, |given| {
            let given: Vec<Tensor> = given.iter().map(|value| tensor(value).shallow_clone()).collect();
            Ok(vec![run(&given).into()])
        })
        .unwrap();
        let mut archive = Vec::new();
        module.save(&mut archive, &[]).unwrap();
        Traced { archive }
    }

    pub fn program(&self, precision: Precision) -> Program {
        let mut module = Module::load(std::io::Cursor::new(self.archive.clone()), Device::Cpu).unwrap();
        module.cast(precision).unwrap();
        Program::new(module, &["run"], Device::Cpu).unwrap()
    }

    /// The worst difference from `expected`, in parts of 1 + its size, of the program in this precision.
    pub fn off(&self, precision: Precision, operator: &str, inputs: &[&Tensor], expected: &Tensor) -> f64 {
        let program = self.program(precision);
        let graph = program.graph("run").unwrap();
        assert_eq!(graph.contains(operator), available(precision), "{operator}: {graph}");
        off(&run(&program, precision.tch(), inputs), expected)
    }
}

/// What a program gives for inputs brought to a precision, but for those that are no f32.
pub fn run(program: &Program, kind: Kind, inputs: &[&Tensor]) -> Tensor {
    let inputs: Vec<Value> = inputs
        .iter()
        .map(|x| {
            if x.kind() == Kind::Float {
                x.to_kind(kind)
            } else {
                x.shallow_clone()
            }
            .into()
        })
        .collect();
    program.run_one("run", &inputs).unwrap()
}

/// The worst difference, in parts of 1 + the expected size; 0 where there is nothing.
pub fn off(got: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(got.size(), expected.size());
    if expected.numel() == 0 {
        return 0.;
    }
    ((got.to_kind(Kind::Float) - expected).abs() / (expected.abs() + 1.))
        .max()
        .double_value(&[])
}

/// What sums in another order, and the rounding of the result, may come to.
pub fn limit(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 4e-6,
        _ => 2e-2,
    }
}

/// The same where a graph's own lines may run, which round what is between them, too.
pub fn limit_of_lines(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => limit(precision),
        _ => 2. * limit(precision),
    }
}

pub const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::Bf16];

/// Numbers that bf16 holds exactly, so that only the kernel's own rounding is seen.
pub fn exact(shape: &[i64]) -> Tensor {
    random(shape).to_kind(Kind::BFloat16).to_kind(Kind::Float)
}

/// A weight whose products have about the size of what they are made of, in numbers that bf16 holds.
pub fn exactly_scaled(shape: &[i64]) -> Tensor {
    let of_one: i64 = shape[1..].iter().product();
    (exact(shape) / (of_one as f64).sqrt())
        .to_kind(Kind::BFloat16)
        .to_kind(Kind::Float)
}

/// The same pictures, with their channels side by side in memory.
pub fn channels_last(x: &Tensor) -> Tensor {
    x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])
}

/// A layer's weight, and its bias if it has one, as a program's parameters.
pub fn parameters<'a>(weight: &'a Tensor, bias: Option<&'a Tensor>) -> Vec<(&'static str, &'a Tensor)> {
    let bias = bias.map(|bias| ("b", bias));
    std::iter::once(("w", weight)).chain(bias).collect()
}
