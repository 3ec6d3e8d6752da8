//! Linear layers in int8: weights by a scale for each output, activations by the range of each row.

use glyxel::torch::{Device, Precision};
use tch::{Kind, Tensor};

use super::support::{available, exact, random, Traced};

const INT8: Precision = Precision::Int8;
const OPERATOR: &str = "glyxel::linear";

fn float() -> (Kind, tch::Device) {
    (Kind::Float, tch::Device::Cpu)
}

/// x, in the precision that activations have beside int8.
fn run(traced: &Traced, x: &Tensor) -> Tensor {
    let x = x.to_kind(INT8.tch());
    let y = traced.program(INT8).run_one("run", &[x.into()]).unwrap();
    y.to_kind(Kind::Float)
}

/// The root of the mean square of the differences, as a share of that of what is expected.
fn noise(got: &Tensor, expected: &Tensor) -> f64 {
    ((got - expected).norm() / expected.norm()).double_value(&[])
}

#[test]
fn shapes_of_every_kind_lose_a_hundredth() {
    let shapes = [
        [1, 1, 1],
        [3, 2, 5],
        [5, 3, 16],
        [6, 10, 17],
        [7, 64, 64],
        [97, 31, 65],
        [200, 384, 130],
        [3, 3072, 24],
    ];
    for [m, k, n] in shapes {
        let (x, weight, bias) = (exact(&[m, k]), exact(&[n, k]) / (k as f64).sqrt(), exact(&[n]));
        let layer = |x: &[Tensor]| x[0].linear(&weight, Some(&bias));
        let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], layer);
        let (got, expected) = (run(&traced, &x), layer(&[x.shallow_clone()]));
        assert_eq!(got.size(), expected.size());
        let lost = noise(&got, &expected);
        assert!(lost < 0.015, "{m} × {k} × {n}: {lost}");
        let graph = traced.program(INT8).graph("run").unwrap();
        assert_eq!(graph.contains(OPERATOR), available(INT8) || available(Precision::F32));
    }
}

#[test]
fn whole_numbers_that_codes_hold_are_exact() {
    if !available(INT8) {
        return; // the layer is libtorch's, in bf16 or f32
    }
    let (m, k, n) = (13, 40, 33);
    // Each row reaches from 0 to 255, each weight's row to 127: steps and scales are 1.
    let x = Tensor::randint(256, [m, k], float());
    let _ = x.narrow(1, 0, 1).fill_(0.);
    let _ = x.narrow(1, 1, 1).fill_(255.);
    let weight = Tensor::randint_low(-127, 128, [n, k], float());
    let _ = weight.narrow(1, 2, 1).fill_(-127.);
    let layer = |x: &[Tensor]| x[0].linear(&weight, None::<Tensor>);
    let traced = Traced::new(&[("w", &weight)], &[&x], layer);
    let (got, expected) = (run(&traced, &x), layer(&[x.shallow_clone()]));
    // As far as the result's own precision, f32 or bf16, tells them apart.
    let expected = expected.to_kind(INT8.tch()).to_kind(Kind::Float);
    let off = ((&got - &expected).abs() / (expected.abs() + 1.))
        .max()
        .double_value(&[]);
    assert!(off < 5e-3, "{off}");
    let equal = got
        .eq_tensor(&expected)
        .to_kind(Kind::Float)
        .mean(Kind::Float)
        .double_value(&[]);
    assert!(equal > 0.95, "only {equal} of the results are equal");
}

#[test]
fn what_follows_is_fused_in_as_in_other_precisions() {
    let (x, weight, bias) = (exact(&[9, 32]), exact(&[32, 32]) / 6., exact(&[32]));
    let layer = |x: &[Tensor]| x[0].linear(&weight, Some(&bias)).gelu("none") + &x[0];
    let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], layer);
    let lost = noise(&run(&traced, &x), &layer(&[x.shallow_clone()]));
    assert!(lost < 0.02, "{lost}");
    let left = traced.program(INT8).operators("run").unwrap();
    assert_eq!(left.contains_key("aten::gelu"), !available(INT8), "{left:?}");
}

#[test]
fn gates_lose_no_more_than_their_halves() {
    let (x, up, gate) = (exact(&[9, 32]), exact(&[48, 32]) / 6., exact(&[48, 32]) / 6.);
    let layer = |x: &[Tensor]| x[0].linear(&gate, None::<Tensor>).gelu("tanh") * x[0].linear(&up, None::<Tensor>);
    let traced = Traced::new(&[("up", &up), ("gate", &gate)], &[&x], layer);
    let lost = noise(&run(&traced, &x), &layer(&[x.shallow_clone()]));
    assert!(lost < 0.025, "{lost}");
    let left = traced.program(INT8).operators("run").unwrap();
    assert_eq!(left.contains_key("aten::mul"), !available(INT8), "{left:?}");
}

#[test]
fn a_row_has_the_same_bits_whatever_stands_beside_it() {
    if !available(INT8) {
        return; // libtorch promises no such thing
    }
    let (weight, scale) = (exact(&[48, 64]), random(&[200, 1]).exp());
    let x = random(&[200, 64]) * scale;
    let traced = Traced::new(&[("w", &weight)], &[&x], |x| x[0].linear(&weight, None::<Tensor>));
    let together = run(&traced, &x);
    for row in [0, 5, 95, 96, 199] {
        assert!(
            run(&traced, &x.narrow(0, row, 1)).equal(&together.narrow(0, row, 1)),
            "row {row}"
        );
    }
}

#[test]
fn rows_of_one_number_and_of_none_that_is_one() {
    let weight = exact(&[8, 6]);
    let x = Tensor::stack(
        &[
            Tensor::full([6], 2.5, float()),
            Tensor::zeros([6], float()),
            Tensor::full([6], f64::NAN, float()),
            Tensor::from_slice(&[0f32, 1., f32::INFINITY, 0., 0., 0.]),
            Tensor::from_slice(&[0f32, 1., 2., f32::NAN, 4., 5.]),
            Tensor::from_slice(&[1e-30f32, -1e-30, 0., 0., 0., 0.]),
        ],
        0,
    );
    let layer = |x: &[Tensor]| x[0].linear(&weight, None::<Tensor>);
    let traced = Traced::new(&[("w", &weight)], &[&x], layer);
    let (got, expected) = (run(&traced, &x), layer(&[x.shallow_clone()]));
    // Half a step of each weight, six times.
    let step = weight.abs().max().double_value(&[]) / 127.;
    for row in [0, 1, 5] {
        let off = (got.get(row) - expected.get(row)).abs().max().double_value(&[]);
        let most = x.get(row).abs().max().double_value(&[]);
        assert!(off <= 6. * step * most + 1e-6, "row {row}: {off}");
    }
    for row in [2, 4] {
        assert!(
            bool::try_from(got.get(row).isnan().all()).unwrap(),
            "row {row}: {}",
            got.get(row)
        );
    }
    assert!(
        bool::try_from(got.get(3).isfinite().logical_not().all()).unwrap(),
        "{}",
        got.get(3)
    );
}

#[test]
fn a_weight_of_zeros_gives_its_bias() {
    let (x, weight, bias) = (exact(&[3, 8]), Tensor::zeros([5, 8], float()), exact(&[5]));
    let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], |x| {
        x[0].linear(&weight, Some(&bias))
    });
    let got = run(&traced, &x);
    assert!((got - &bias).abs().max().double_value(&[]) < 1e-6);
}

#[test]
fn it_is_refused_where_it_cannot_run() {
    assert!(Precision::parse("int8", Device::Cuda(0)).is_err());
    match Precision::parse("int8", Device::Cpu) {
        Ok(precision) => assert!(available(INT8) && precision == INT8),
        Err(error) => assert!(!available(INT8) && error.to_string().contains("AVX2"), "{error}"),
    }
}
