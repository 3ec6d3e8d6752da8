//! Our own kernels against libtorch's, through the graphs that they are put into.

use glyxel::torch::{self, trace, Device, Module, Precision, Program, Value};
use tch::{Kind, Tensor};

/// Whether this processor has what the kernels of a precision are made of.
fn available(precision: Precision) -> bool {
    let f32 = std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl");
    // With AMX oneDNN's are taken.
    let bf16 = std::arch::is_x86_feature_detected!("avx512bf16") && !cpu_has("amx_bf16");
    f32 && (precision == Precision::F32 || bf16)
}

fn cpu_has(flag: &str) -> bool {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines()
        .any(|line| line.starts_with("flags") && line.split_whitespace().any(|f| f == flag))
}

fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

fn tensor(value: &Value) -> &Tensor {
    match value {
        Value::Tensor(tensor) => tensor,
        Value::List(_) => panic!("a list where a tensor was expected"),
    }
}

/// A program of one method, "run", in both precisions.
struct Traced {
    archive: Vec<u8>,
}

impl Traced {
    fn new(parameters: &[(&str, &Tensor)], inputs: &[&Tensor], run: impl Fn(&[Tensor]) -> Tensor) -> Self {
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

    fn program(&self, precision: Precision) -> Program {
        let mut module = Module::load(std::io::Cursor::new(self.archive.clone()), Device::Cpu).unwrap();
        module.cast(precision).unwrap();
        Program::with(module, &["run"], Device::Cpu, true).unwrap()
    }

    /// The worst difference from `expected`, in parts of 1 + its size, of the program in this precision.
    fn off(&self, precision: Precision, operator: &str, inputs: &[&Tensor], expected: &Tensor) -> f64 {
        let program = self.program(precision);
        let graph = program.graph("run").unwrap();
        assert_eq!(graph.contains(operator), available(precision), "{operator}: {graph}");
        let kind = if precision == Precision::F32 {
            Kind::Float
        } else {
            Kind::BFloat16
        };
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
        let got = program.run_one("run", &inputs).unwrap();
        assert_eq!(got.size(), expected.size());
        ((got.to_kind(Kind::Float) - expected).abs() / (expected.abs() + 1.))
            .max()
            .double_value(&[])
    }
}

fn limit(precision: Precision) -> f64 {
    if precision == Precision::F32 {
        2e-6
    } else {
        2e-2
    }
}

const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::Bf16];

/// Numbers that bf16 holds exactly, so that only the kernel's own rounding is seen.
fn exact(shape: &[i64]) -> Tensor {
    random(shape).to_kind(Kind::BFloat16).to_kind(Kind::Float)
}

#[test]
fn linear_layers_of_every_shape_and_activation() {
    type Function = fn(&Tensor) -> Tensor;
    let activations: [(&str, Function); 7] = [
        ("none", |x| x.shallow_clone()),
        ("relu", Tensor::relu),
        ("gelu", |x| x.gelu("none")),
        ("gelu tanh", |x| x.gelu("tanh")),
        ("tanh", Tensor::tanh),
        ("sigmoid", Tensor::sigmoid),
        ("silu", Tensor::silu),
    ];
    // Rows below, at and above a tile's and a task's; columns in one panel, in several, in parts of one.
    let shapes = [
        [1, 2, 1],
        [5, 8, 16],
        [6, 10, 17],
        [7, 64, 64],
        [96, 32, 65],
        [97, 6, 130],
        [200, 384, 96],
    ];
    for ([m, k, n], (name, activation)) in shapes.into_iter().flat_map(|s| activations.map(|a| (s, a))) {
        let (x, weight, bias) = (exact(&[m, k]), exact(&[n, k]), exact(&[n]));
        let scaled = &weight / (k as f64).sqrt();
        let weight = scaled.to_kind(Kind::BFloat16).to_kind(Kind::Float);
        for bias in [Some(&bias), None] {
            let parameters: Vec<_> = [("w", Some(&weight)), ("b", bias)]
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect();
            let run = |x: &[Tensor]| activation(&x[0].linear(&weight, bias));
            let traced = Traced::new(&parameters, &[&x], run);
            let expected = run(&[x.shallow_clone()]);
            for precision in PRECISIONS {
                let off = traced.off(precision, "glyxel::linear", &[&x], &expected);
                assert!(
                    off < limit(precision),
                    "{name} of {m} × {k} × {n} in {precision:?}: {off}"
                );
            }
        }
    }
}

#[test]
fn numbers_far_from_0_stay_what_they_are() {
    let (x, weight) = (
        Tensor::from_slice(&[-1e30f32, -200., -90., -10., -1e-30, 0., 1e-30, 10., 90., 200., 1e30]),
        Tensor::from_slice(&[1f32, 0.]),
    );
    let (x, weight) = (Tensor::stack(&[&x, &x.zeros_like()], 1), weight.view([1, 2]));
    for (name, activation) in [
        ("gelu", (|x| x.gelu("none")) as fn(&Tensor) -> Tensor),
        ("gelu tanh", |x| x.gelu("tanh")),
        ("tanh", Tensor::tanh),
        ("sigmoid", Tensor::sigmoid),
        ("silu", Tensor::silu),
        ("relu", Tensor::relu),
    ] {
        let run = |x: &[Tensor]| activation(&x[0].linear(&weight, None::<Tensor>));
        let traced = Traced::new(&[("w", &weight)], &[&x], run);
        let off = traced.off(Precision::F32, "glyxel::linear", &[&x], &run(&[x.shallow_clone()]));
        assert!(off < 1e-5, "{name}: {off}");
        let nan = traced.program(Precision::F32).run_one("run", &[(&x * f64::NAN).into()]);
        assert!(bool::try_from(nan.unwrap().isnan().all()).unwrap(), "{name} of NaN");
    }
}

#[test]
fn residual_sums_are_added_whatever_their_shape() {
    let (weight, bias) = (exact(&[24, 8]) / 4., exact(&[24]));
    let x = exact(&[3, 5, 8]);
    for other in [&[3, 5, 24][..], &[5, 24], &[24], &[3, 1, 24], &[2, 3, 5, 24], &[1]] {
        let residual = exact(other);
        for swapped in [false, true] {
            let run = |x: &[Tensor]| {
                let y = x[0].linear(&weight, Some(&bias)).gelu("none");
                if swapped {
                    &x[1] + y
                } else {
                    y + &x[1]
                }
            };
            let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x, &residual], run);
            let expected = run(&[x.shallow_clone(), residual.shallow_clone()]);
            for precision in PRECISIONS {
                let off = traced.off(precision, "glyxel::linear", &[&x, &residual], &expected);
                assert!(off < limit(precision), "{other:?} in {precision:?}: {off}");
                let left = traced.program(precision).operators("run").unwrap();
                assert_eq!(left.contains_key("aten::add"), !available(precision), "{left:?}");
            }
        }
    }
}

#[test]
fn attention_of_every_shape_and_mask() {
    let attend = |q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>, scale: Option<f64>| {
        Tensor::scaled_dot_product_attention(q, k, v, mask, 0., false, scale, false)
    };
    // Batch, heads, queries, keys, width.
    for [batch, heads, queries, keys, width] in [
        [1, 1, 1, 1, 2],
        [2, 3, 7, 7, 8],
        [3, 2, 16, 16, 32],
        [2, 2, 65, 65, 64],
        [1, 2, 49, 130, 80],
        [2, 4, 1, 33, 16],
    ] {
        // As one layer's result is cut into them, and in an order of its own.
        let whole = exact(&[batch, queries.max(keys), 3 * heads * width]);
        let part = |i: i64, tokens: i64| {
            let part = whole.narrow(2, i * heads * width, heads * width).narrow(1, 0, tokens);
            part.unflatten(-1, [heads, width]).transpose(1, 2)
        };
        let (q, k, v) = (part(0, queries), part(1, keys), part(2, keys));
        let seen = random(&[batch, 1, 1, keys]).gt(-0.5);
        let _ = seen.narrow(3, 0, 1).fill_(1);
        let masks = [
            None,
            Some(seen.shallow_clone()),
            Some(random(&[1, heads, queries, keys])),
            Some(seen.logical_and(&random(&[1, 1, queries, keys]).gt(-2.))),
            Some(random(&[queries, keys])),
            // As many models say that a key may not be seen.
            Some(seen.logical_not().to_kind(Kind::Float) * -1e30),
        ];
        for (i, mask) in masks.iter().enumerate() {
            for scale in [None, Some(0.3)] {
                let mut inputs = vec![&q, &k, &v];
                inputs.extend(mask.as_ref());
                let run = |x: &[Tensor]| {
                    attend(&x[0], &x[1], &x[2], x.get(3), scale)
                        .transpose(1, 2)
                        .flatten(2, 3)
                };
                let traced = Traced::new(&[], &inputs, run);
                // A query that sees no key gives 0 here, and may give NaN there.
                let expected =
                    run(&inputs.iter().map(|x| x.shallow_clone()).collect::<Vec<_>>()).nan_to_num(0., None, None);
                for precision in PRECISIONS {
                    let off = traced.off(precision, "glyxel::attention", &inputs, &expected);
                    assert!(
                        off < limit(precision),
                        "{batch} {heads} {queries} {keys} {width}, mask {i}, {precision:?}: {off}"
                    );
                }
            }
        }
    }
}

#[test]
fn attention_that_the_kernel_is_not_made_for_is_libtorchs() {
    // Three and five dimensions; a width that bf16 cannot pair.
    for shape in [&[2, 5, 8][..], &[2, 2, 3, 5, 8], &[2, 3, 5, 7]] {
        let x = exact(shape);
        let run = |x: &[Tensor]| {
            Tensor::scaled_dot_product_attention(&x[0], &x[0], &x[0], None::<Tensor>, 0., false, None::<f64>, false)
        };
        let traced = Traced::new(&[], &[&x], run);
        for precision in PRECISIONS {
            let off = traced.off(precision, "glyxel::attention", &[&x], &run(&[x.shallow_clone()]));
            assert!(off < limit(precision), "{shape:?} in {precision:?}: {off}");
        }
    }
}

#[test]
fn wrong_shapes_are_errors() {
    let weight = exact(&[4, 6]);
    let x = exact(&[2, 6]);
    let traced = Traced::new(&[("w", &weight)], &[&x], |x| x[0].linear(&weight, None::<Tensor>));
    let program = traced.program(Precision::F32);
    for wrong in [
        exact(&[2, 5]),
        exact(&[2, 7]),
        exact(&[2, 6]).to_kind(Kind::Double),
        exact(&[1]).squeeze(),
    ] {
        assert!(program.run("run", &[wrong.into()]).is_err());
    }
    assert_eq!(
        program
            .run_one("run", &[Tensor::zeros([0, 6], (Kind::Float, tch::Device::Cpu)).into()])
            .unwrap()
            .size(),
        [0, 4]
    );
    assert_eq!(program.run_one("run", &[exact(&[6]).into()]).unwrap().size(), [4]);
}

#[test]
fn biases_that_libtorch_broadcasts_stay_libtorchs() {
    let (x, weight) = (exact(&[3, 8]), exact(&[5, 8]));
    for bias in [exact(&[1]), exact(&[1]).squeeze(), exact(&[3, 5])] {
        let run = |x: &[Tensor]| x[0].linear(&weight, Some(&bias));
        let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], run);
        let program = traced.program(Precision::F32);
        assert!(!program.graph("run").unwrap().contains("glyxel::linear"));
        let got = program.run_one("run", &[x.shallow_clone().into()]).unwrap();
        assert!((got - run(&[x.shallow_clone()])).abs().max().double_value(&[]) < 1e-5);
    }
}

#[test]
fn nothing_moves_past_a_write_to_what_it_reads() {
    let (x, weight) = (exact(&[3, 8]), exact(&[8, 8]));
    let run = |x: &[Tensor]| {
        let mut read = x[0].shallow_clone() * 2.;
        let product = read.linear(&weight, None::<Tensor>);
        let _ = read.g_add_scalar_(1.);
        product.gelu("none") + read
    };
    let traced = Traced::new(&[("w", &weight)], &[&x], run);
    let off = traced.off(Precision::F32, "glyxel::linear", &[&x], &run(&[x.shallow_clone()]));
    assert!(off < limit(Precision::F32), "{off}");
}
