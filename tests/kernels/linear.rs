//! Linear layers in f32 and bf16, with what is fused into them.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{available, exact, limit, parameters, Traced, PRECISIONS};

fn quick_gelu(x: &Tensor) -> Tensor {
    x * (x * 1.702).sigmoid()
}

#[test]
fn linear_layers_of_every_shape_and_activation() {
    type Function = fn(&Tensor) -> Tensor;
    let activations: [(&str, Function); 8] = [
        ("none", |x| x.shallow_clone()),
        ("relu", Tensor::relu),
        ("gelu", |x| x.gelu("none")),
        ("gelu tanh", |x| x.gelu("tanh")),
        ("tanh", Tensor::tanh),
        ("sigmoid", Tensor::sigmoid),
        ("silu", Tensor::silu),
        ("quick gelu", quick_gelu),
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
            let run = |x: &[Tensor]| activation(&x[0].linear(&weight, bias));
            let traced = Traced::new(&parameters(&weight, bias), &[&x], run);
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
fn quick_gelu_in_any_order_and_nothing_that_only_looks_like_it() {
    let (x, weight) = (exact(&[5, 8]), exact(&[16, 8]));
    type Function = fn(&Tensor) -> Tensor;
    let gates: [(Function, bool); 5] = [
        (quick_gelu, true),
        (|x| (x * 1.702).sigmoid() * x, true),
        (|x| x * (x * 1.5).sigmoid(), false),
        (|x| x * (x * 1.702).tanh(), false),
        (|x| x * (x * 1.702).sigmoid() + x, false),
    ];
    for (i, (gate, is_it)) in gates.into_iter().enumerate() {
        let run = |x: &[Tensor]| gate(&x[0].linear(&weight, None::<Tensor>));
        let traced = Traced::new(&[("w", &weight)], &[&x], run);
        let off = traced.off(Precision::F32, "glyxel::linear", &[&x], &run(&[x.shallow_clone()]));
        assert!(off < limit(Precision::F32), "{i}: {off}");
        let left = traced.program(Precision::F32).operators("run").unwrap();
        let fused = !left.contains_key("aten::mul");
        assert_eq!(fused, is_it && available(Precision::F32), "{i}: {left:?}");
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
        ("quick gelu", quick_gelu),
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
fn gates_are_multiplied_whatever_their_shape() {
    let (weight, bias) = (exact(&[24, 8]) / 4., exact(&[24]));
    let x = exact(&[3, 5, 8]);
    for other in [&[3, 5, 24][..], &[5, 24], &[24], &[3, 1, 24], &[2, 3, 5, 24], &[1]] {
        let gate = exact(other);
        for swapped in [false, true] {
            let run = |x: &[Tensor]| {
                let y = x[0].linear(&weight, Some(&bias)).silu();
                (if swapped { &x[1] * y } else { y * &x[1] }).relu()
            };
            let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x, &gate], run);
            let expected = run(&[x.shallow_clone(), gate.shallow_clone()]);
            for precision in PRECISIONS {
                let off = traced.off(precision, "glyxel::linear", &[&x, &gate], &expected);
                assert!(off < limit(precision), "{other:?} in {precision:?}: {off}");
                let left = traced.program(precision).operators("run").unwrap();
                assert_eq!(left.contains_key("aten::mul"), !available(precision), "{left:?}");
            }
        }
    }
}

#[test]
fn gated_linear_units_are_two_operators() {
    let (up, gate) = (exact(&[40, 8]) / 4., exact(&[40, 8]) / 4.);
    let x = exact(&[3, 5, 8]);
    let run = |x: &[Tensor]| {
        let part = |weight: &Tensor| x[0].linear(weight, None::<Tensor>);
        part(&gate).gelu("tanh") * part(&up)
    };
    let traced = Traced::new(&[("up", &up), ("gate", &gate)], &[&x], run);
    for precision in PRECISIONS {
        let off = traced.off(precision, "glyxel::linear", &[&x], &run(&[x.shallow_clone()]));
        assert!(off < limit(precision), "{precision:?}: {off}");
        let operators = traced.program(precision).operators("run").unwrap();
        assert_eq!(
            operators.len() == 1 && operators["glyxel::linear"] == 2,
            available(precision),
            "{operators:?}"
        );
    }
}

#[test]
fn a_scale_of_columns_is_no_gate() {
    let (weight, scale) = (exact(&[24, 8]) / 4., exact(&[24]));
    let x = exact(&[3, 5, 8]);
    let run = |x: &[Tensor]| x[0].linear(&weight, None::<Tensor>) * &scale;
    let traced = Traced::new(&[("w", &weight), ("s", &scale)], &[&x], run);
    let off = traced.off(Precision::F32, "glyxel::linear", &[&x], &run(&[x.shallow_clone()]));
    assert!(off < limit(Precision::F32), "{off}");
    assert!(traced
        .program(Precision::F32)
        .operators("run")
        .unwrap()
        .contains_key("aten::mul"));
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
