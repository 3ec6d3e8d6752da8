//! The graph rewrites for convolutional networks: each does what it is for, results stay the same, and what doesn't fit stays.

use glyxel::torch::{self, trace, Device, Module, Precision, Program, Value};
use tch::{Kind, Tensor};

fn random(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, tch::Device::Cpu))
}

fn tensor(value: &Value) -> &Tensor {
    match value {
        Value::Tensor(tensor) => tensor,
        Value::List(_) => panic!("a list where a tensor was expected"),
    }
}

fn packs() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
}

type Forward<'a> = &'a dyn Fn(&Tensor) -> Tensor;

/// Weights of a test's network; those asked for first come first.
struct Weights(Vec<Tensor>);

impl Weights {
    fn new(shapes: &[&[i64]]) -> Self {
        torch::start_compute_thread(Device::Cpu, 2).unwrap();
        let scaled = |shape: &&[i64]| random(shape) / (shape[1..].iter().product::<i64>() as f64).sqrt();
        Weights(shapes.iter().map(scaled).collect())
    }

    /// Four vectors after all others: a batch norm's scale, shift, mean and variance.
    fn with_norm(mut self, channels: i64) -> Self {
        for _ in 0..4 {
            self.0.push(random(&[channels]).abs() + 0.5);
        }
        self
    }

    fn norm(&self, x: &Tensor, training: bool) -> Tensor {
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

    fn module(&self, methods: &[(&str, Forward)], x: &Tensor) -> Module {
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

    /// Sees that the network's results are those of `forward` itself, packed or not, for several batches and memory layouts,
    /// in f32 and in bf16. Returns the graphs: packed where this machine packs, and not packed.
    fn check(&self, forward: Forward, shape: [i64; 3]) -> (String, String) {
        let [c, h, w] = shape;
        let methods = [("embed", forward)];
        let module = || self.module(&methods, &random(&[2, c, h, w]));
        let packed = Program::new(module(), &["embed"], Device::Cpu).unwrap();
        let plain = Program::with(module(), &["embed"], Device::Cpu, false).unwrap();
        let mut cast = module();
        cast.cast(Precision::Bf16).unwrap();
        let half = Program::new(cast, &["embed"], Device::Cpu).unwrap();
        for x in [
            random(&[1, c, h, w]),
            random(&[5, c, h, w]),
            random(&[5, h, w, c]).permute([0, 3, 1, 2]),
        ] {
            let (before, expected) = (x.copy(), forward(&x.copy()));
            let most = expected.abs().max().double_value(&[]).max(1.);
            for program in [&packed, &plain] {
                let got = program.run_one("embed", &[x.shallow_clone().into()]).unwrap();
                assert_eq!(got.size(), expected.size());
                let off = (&got - &expected).abs().max().double_value(&[]) / most;
                assert!(off < 1e-5, "off by {off}: {}", program.graph("embed").unwrap());
            }
            assert!(x.equal(&before), "the caller's picture was written to");
            let got = half.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
            let (got, expected) = (got.to_kind(Kind::Float).flatten(0, -1), expected.flatten(0, -1));
            let cosine = Tensor::cosine_similarity(&got, &expected, 0, 1e-9).double_value(&[]);
            assert!(cosine > 0.999, "{cosine}: {}", half.graph("embed").unwrap());
        }
        (packed.graph("embed").unwrap(), plain.graph("embed").unwrap())
    }
}

fn convolve(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: i64, groups: i64) -> Tensor {
    let padding = [weight.size()[2] / 2, weight.size()[3] / 2];
    x.conv2d(weight, bias, [stride, stride], padding, [1, 1], groups)
}

fn plain(x: &Tensor, weight: &Tensor) -> Tensor {
    convolve(x, weight, None, 1, 1)
}

#[test]
fn batch_norms_are_folded_into_the_convolutions_before_them() {
    // Square, oblong, grouped and for each channel alone.
    for (kernel, groups) in [([3, 3], 1), ([1, 5], 1), ([3, 3], 4), ([5, 3], 8)] {
        for biased in [false, true] {
            let weights = Weights::new(&[&[8, 8 / groups, kernel[0], kernel[1]], &[8, 1]]).with_norm(8);
            let bias = weights.0[1].flatten(0, -1);
            let bias = biased.then_some(&bias);
            let forward = |x: &Tensor| weights.norm(&convolve(x, &weights.0[0], bias, 2, groups), false);
            let (packed, plain) = weights.check(&forward, [8, 9, 12]);
            for graph in [&packed, &plain] {
                assert!(!graph.contains("aten::batch_norm"), "{graph}");
            }
            assert_eq!(packs(), packed.contains("mkldnn::_convolution_pointwise("), "{packed}");
            assert!(!plain.contains("mkldnn::"), "{plain}");
        }
    }
}

/// 100.3 would be 100.5 in bf16.
#[test]
fn in_bf16_a_folded_bias_is_not_rounded() {
    let one = |value: f64| Tensor::full([1], value, (Kind::Float, tch::Device::Cpu));
    let norm = [one(2.), one(0.), one(50.15), one(1. - 1e-3)];
    let mut weights = Weights::new(&[]);
    weights.0 = vec![one(50.).reshape([1, 1, 1, 1])];
    weights.0.extend(norm);
    let forward = |x: &Tensor| weights.norm(&plain(x, &weights.0[0]), false);
    let x = Tensor::ones([2, 1, 4, 4], (Kind::Float, tch::Device::Cpu));
    let mut module = weights.module(&[("embed", &forward)], &x);
    module.cast(Precision::Bf16).unwrap();
    let program = Program::new(module, &["embed"], Device::Cpu).unwrap();
    let got = program.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
    let off = (got.to_kind(Kind::Float) + 0.3).abs().max().double_value(&[]);
    // The stock kernel takes no bias in f32.
    let most = if packs() { 2e-3 } else { 0.25 };
    assert!(off < most, "off by {off}: {}", program.graph("embed").unwrap());
}

/// Each to its nearest, the channels of a pixel would together be off by 0.02.
#[test]
fn in_bf16_the_sum_of_a_pixels_weights_stays() {
    let weight = random(&[8, 512, 1, 1]);
    let sums = weight.sum_dim_intlist([1i64, 2, 3].as_slice(), false, Kind::Double);
    let mut weights = Weights::new(&[]);
    weights.0 = vec![weight, -sums.to_kind(Kind::Float)];
    let forward = |x: &Tensor| convolve(x, &weights.0[0], Some(&weights.0[1]), 1, 1);
    let x = Tensor::ones([2, 512, 4, 4], (Kind::Float, tch::Device::Cpu));
    let mut module = weights.module(&[("embed", &forward)], &x);
    module.cast(Precision::Bf16).unwrap();
    let program = Program::new(module, &["embed"], Device::Cpu).unwrap();
    let got = program.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
    let off = got.to_kind(Kind::Float).abs().max().double_value(&[]);
    // The stock kernel takes no bias in f32.
    let most = if packs() { 2e-3 } else { 0.25 };
    assert!(off < most, "off by {off}");
}

#[test]
fn batch_norms_that_do_more_than_scale_one_convolution_stay() {
    let weights = Weights::new(&[&[8, 3, 3, 3]]).with_norm(8);
    let training = |x: &Tensor| weights.norm(&plain(x, &weights.0[0]), true);
    // Its statistics move, so the network is its own reference only once: no comparison.
    let module = weights.module(&[("embed", &training)], &random(&[2, 3, 6, 6]));
    let graph = Program::new(module, &["embed"], Device::Cpu)
        .unwrap()
        .graph("embed")
        .unwrap();
    assert!(graph.contains("aten::batch_norm"), "{graph}");

    let twice = |x: &Tensor| {
        let x = plain(x, &weights.0[0]);
        weights.norm(&x, false) + x.tanh()
    };
    let (graph, _) = weights.check(&twice, [3, 6, 6]);
    assert!(
        graph.contains("aten::batch_norm") && graph.contains("aten::tanh"),
        "{graph}"
    );
}

#[test]
fn activations_are_fused_in_place_or_not() {
    let weights = Weights::new(&[&[8, 3, 3, 3]]);
    type Form = (&'static str, fn(&mut Tensor) -> Tensor);
    let forms: &[Form] = &[
        ("relu", |x| x.relu()),
        ("relu", |x| x.relu_()),
        ("relu6", |x| x.relu6()),
        ("relu6", |x| x.relu6_()),
        ("hardtanh", |x| x.clamp(-0.5, 0.25)),
        ("hardtanh", |x| x.hardtanh_()),
        ("silu", |x| x.silu()),
        ("silu", |x| x.silu_()),
        ("hardswish", |x| x.hardswish()),
        ("hardswish", |x| x.hardswish_()),
        ("hardsigmoid", |x| x.hardsigmoid()),
        ("sigmoid", |x| x.sigmoid()),
        ("tanh", |x| x.tanh()),
        ("gelu", |x| x.gelu("none")),
        ("gelu", |x| x.gelu("tanh")),
        ("leaky_relu", |x| x.leaky_relu()),
    ];
    for (name, activate) in forms {
        let forward = |x: &Tensor| activate(&mut plain(x, &weights.0[0]));
        let (packed, _) = weights.check(&forward, [3, 10, 7]);
        if packs() {
            assert!(packed.contains("mkldnn::_convolution_pointwise("), "{name}: {packed}");
            assert!(!packed.contains("aten::"), "{name}: {packed}");
        }
    }
}

#[test]
fn activations_that_are_not_alone_or_not_constant_stay() {
    let weights = Weights::new(&[&[8, 3, 3, 3], &[8, 3, 1, 1]]);
    let shared = |x: &Tensor| {
        let x = plain(x, &weights.0[0]);
        x.relu() * x
    };
    let (graph, _) = weights.check(&shared, [3, 6, 6]);
    assert!(graph.contains("aten::relu"), "{graph}");
    // A weight that hangs on the picture.
    let dynamic = |x: &Tensor| plain(x, &(&weights.0[1] * x.mean(Kind::Float).to_kind(x.kind()))).relu();
    let (graph, _) = weights.check(&dynamic, [3, 6, 6]);
    assert!(graph.contains("conv") && graph.contains("aten::relu"), "{graph}");
}

/// A network of every part that residual networks have.
fn residual(weights: &Weights, x: &Tensor) -> Tensor {
    let w = &weights.0;
    let stem = convolve(x, &w[0], None, 2, 1)
        .relu_()
        .max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false);
    // A bottleneck, and the same with a stride and a projection.
    let x = plain(&plain(&plain(&stem, &w[1]).relu(), &w[2]).relu(), &w[3]);
    let x = (x + &stem).relu();
    let shortcut = convolve(&x, &w[4], None, 2, 1);
    let x = (convolve(&plain(&x, &w[1]).relu(), &w[5], None, 2, 1) + shortcut).relu_();
    // Inverted, with squeeze and excitation and no activation at the end; twice, the second sum in place.
    let inverted = |x: &Tensor| {
        let inner = convolve(&plain(x, &w[6]).silu_(), &w[7], None, 1, 32).silu();
        let gate = inner.mean_dim([2_i64, 3].as_slice(), true, None::<Kind>);
        let gate = plain(&plain(&gate, &w[8]).silu(), &w[9]).sigmoid();
        plain(&(inner * gate), &w[10])
    };
    let x = inverted(&x) + &x;
    let mut y = inverted(&x);
    let y = y.g_add_(&x);
    y.adaptive_avg_pool2d([1, 1]).flatten(1, -1)
}

fn residual_weights() -> Weights {
    Weights::new(&[
        &[16, 3, 7, 7],
        &[8, 16, 1, 1],
        &[8, 8, 3, 3],
        &[16, 8, 1, 1],
        &[16, 16, 1, 1],
        &[16, 8, 3, 3],
        &[32, 16, 1, 1],
        &[32, 1, 5, 5],
        &[4, 32, 1, 1],
        &[32, 4, 1, 1],
        &[16, 32, 1, 1],
    ])
}

#[test]
fn residual_sums_are_fused() {
    let weights = residual_weights();
    for side in [64, 45] {
        let (packed, _) = weights.check(&|x| residual(&weights, x), [3, side, side]);
        if packs() {
            assert!(
                !packed.contains("aten::add") && !packed.contains("aten::relu"),
                "{packed}"
            );
            assert_eq!(
                packed.matches("mkldnn::_convolution_pointwise_(").count(),
                4,
                "{packed}"
            );
        }
    }
}

#[test]
fn sums_that_the_fused_operator_can_not_do_stay_right() {
    let weights = Weights::new(&[&[8, 8, 3, 3], &[8, 8, 1, 1], &[1, 8, 6, 7]]);
    let w = &weights.0;
    type Sum<'a> = (&'a str, &'a dyn Fn(&Tensor) -> Tensor);
    let sums: &[Sum] = &[
        ("a number for each channel", &|x| {
            plain(x, &w[0]) + x.mean_dim([2_i64, 3].as_slice(), true, None::<Kind>)
        }),
        ("channels beside one", &|x| {
            plain(x, &w[0].narrow(0, 0, 1)) + plain(x, &w[1])
        }),
        ("a constant for all pictures", &|x| plain(x, &w[0]) + &w[2]),
        ("the graph's input", &|x| (x + plain(x, &w[0])).relu()),
        ("twice itself", &|x| {
            let x = plain(x, &w[0]);
            &x + &x
        }),
        ("a difference", &|x| plain(x, &w[0]) - plain(x, &w[1])),
        ("a size that differs", &|x| {
            convolve(x, &w[0], None, 7, 1) + plain(x, &w[1])
        }),
        ("another activation", &|x| (plain(x, &w[0]) + plain(x, &w[1])).silu()),
    ];
    for (name, sum) in sums {
        println!("{name}");
        weights.check(sum, [8, 6, 7]);
    }
}

#[test]
fn a_sum_is_written_over_an_operand_only_if_nobody_reads_it_again() {
    let weights = Weights::new(&[&[8, 8, 3, 3], &[8, 8, 1, 1]]);
    let w = &weights.0;
    let written = "mkldnn::_convolution_pointwise_(";
    type Case<'a> = (bool, &'a dyn Fn(&Tensor) -> Tensor);
    let cases: &[Case] = &[
        (true, &|x| {
            let x = plain(x, &w[1]).relu();
            plain(&plain(&x, &w[0]).relu(), &w[1]) + x
        }),
        // Read afterwards, by itself and under another name.
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            let y = (plain(&plain(&x, &w[0]).relu(), &w[1]) + &x).tanh();
            y * x
        }),
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            let view = x.flatten(2, 3);
            let y = (plain(&plain(&x, &w[0]).relu(), &w[1]) + &x).tanh();
            y.flatten(2, 3) * view
        }),
        // Read by the very convolution.
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            plain(&x, &w[0]) + x
        }),
        // Read by a convolution that stands earlier but moves down to a later sum.
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            let late = plain(&x, &w[0]);
            let y = (plain(&plain(&x, &w[0]).relu(), &w[1]) + &x).relu();
            late + plain(&y, &w[1]).relu()
        }),
    ];
    for (i, (expected, forward)) in cases.iter().enumerate() {
        let (graph, _) = weights.check(forward, [8, 6, 7]);
        if packs() && i < 4 {
            assert_eq!(graph.contains(written), *expected, "{graph}");
        }
        assert!(!packs() || graph.contains("mkldnn::_convolution_pointwise"), "{graph}");
    }
    // Written to between the convolution, which would move, and the sum.
    let between = |x: &Tensor| {
        let mut x = plain(x, &w[1]).relu();
        let y = plain(&x, &w[0]);
        let _ = x.g_add_scalar_(1.);
        y + x
    };
    weights.check(&between, [8, 6, 7]);
}

#[test]
fn methods_share_what_is_made_of_a_weight() {
    let weights = Weights::new(&[&[8, 3, 3, 3], &[5, 8]]).with_norm(8);
    let w = &weights.0;
    let embed = |x: &Tensor| {
        let x = weights.norm(&plain(x, &w[0]), false).relu();
        x.adaptive_avg_pool2d([1, 1]).flatten(1, -1)
    };
    let classify = |x: &Tensor| embed(x).linear(&w[1], None::<Tensor>);
    let methods: [(&str, Forward); 2] = [("embed", &embed), ("classify", &classify)];
    let names = ["embed", "classify"];
    let program = Program::new(weights.module(&methods, &random(&[2, 3, 8, 8])), &names, Device::Cpu).unwrap();
    let x = random(&[3, 3, 11, 8]);
    for (name, forward) in methods {
        let got = program.run_one(name, &[x.shallow_clone().into()]).unwrap();
        assert!((got - forward(&x)).abs().max().double_value(&[]) < 1e-5);
    }
    let graphs = names.map(|name| program.graph(name).unwrap());
    // One packed convolution for both and one packed linear: there is no third attribute.
    if packs() {
        let all = graphs.concat();
        assert!(graphs.iter().all(|graph| graph.contains("packed_0")), "{all}");
        assert!(all.contains("packed_1") && !all.contains("packed_2"), "{all}");
    }
}

#[test]
fn pictures_stay_in_channels_last_memory() {
    let weights = Weights::new(&[&[16, 3, 3, 3], &[16, 16, 3, 3]]);
    let w = &weights.0;
    let forward = |x: &Tensor| {
        // TensorFlow's SAME padding stands before the convolution.
        let x = convolve(&x.constant_pad_nd([0, 1, 0, 1]), &w[0], None, 2, 1).relu();
        let x = Tensor::cat(
            &[plain(&x, &w[1]), x.max_pool2d([3, 3], [1, 1], [1, 1], [1, 1], false)],
            1,
        );
        x.avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None::<i64>)
    };
    let (graph, _) = weights.check(&forward, [3, 16, 16]);
    if packs() {
        let program = Program::new(
            weights.module(&[("embed", &forward)], &random(&[2, 3, 16, 16])),
            &["embed"],
            Device::Cpu,
        );
        let out = program
            .unwrap()
            .run_one("embed", &[random(&[2, 3, 16, 16]).into()])
            .unwrap();
        assert!(out.permute([0, 2, 3, 1]).is_contiguous(), "{graph}");
    }
}

/// Each of nine equal values would lose 0.4 of the last bit, and all nine together 3.6.
#[test]
fn in_bf16_a_kernel_keeps_its_sum() {
    let last_bit = 2f64.powi(-7); // of bf16 from 1 to 2
    let full = |shape: &[i64], value| Tensor::full(shape, value, (Kind::Float, tch::Device::Cpu));
    let mut weights = Weights::new(&[]);
    weights.0 = vec![full(&[1, 1, 3, 3], 1. + 0.4 * last_bit), full(&[1], -9.)];
    let forward = |x: &Tensor| x.conv2d(&weights.0[0], Some(&weights.0[1]), [1, 1], [0, 0], [1, 1], 1);
    let x = full(&[2, 1, 3, 3], 1.);
    let mut module = weights.module(&[("embed", &forward)], &x);
    module.cast(Precision::Bf16).unwrap();
    let program = Program::new(module, &["embed"], Device::Cpu).unwrap();
    let got = program.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
    let off = (got.to_kind(Kind::Float) - 3.6 * last_bit)
        .abs()
        .max()
        .double_value(&[]);
    assert!(off < 0.6 * last_bit, "off by {off}");
}
