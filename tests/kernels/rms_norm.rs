//! RMS norms over the last dimension, as one operator and as modules write them out.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{available, exact, limit, off, run, Traced, PRECISIONS};

const OPERATOR: &str = "glyxel::rms_norm";

/// Of x, of another tensor of its sizes, and of a weight.
type Form = fn(&[Tensor]) -> Tensor;

fn last() -> &'static [i64] {
    &[-1]
}

/// 1 / √(mean of what was squared + eps)
fn inverse(squares: &Tensor) -> Tensor {
    (squares.mean_dim(last(), true, None::<Kind>) + 1e-6).rsqrt()
}

fn plain(x: &[Tensor]) -> Tensor {
    &x[2] * (&x[0] * inverse(&x[0].pow_tensor_scalar(2)))
}

/// One operator each.
const NORMS: &[(&str, Form)] = &[
    ("the weight last", plain),
    ("the weight first", |x| (inverse(&x[0].square()) * &x[0]) * &x[2]),
    ("squared as a product", |x| &x[2] * (&x[0] * inverse(&(&x[0] * &x[0])))),
    ("computed in f32", |x| {
        let wide = x[0].to_kind(Kind::Float);
        &x[2] * (&wide * inverse(&wide.pow_tensor_scalar(2)))
    }),
    ("read by a linear layer's conversion", |x| plain(x).to_kind(Kind::Float)),
    ("of a sum that others read, too", |x| {
        let sum = &x[0] + &x[0];
        let norm = plain(&[sum.shallow_clone(), x[1].shallow_clone(), x[2].shallow_clone()]);
        Tensor::cat(&[norm, sum], 0)
    }),
    ("of another's result", |x| {
        plain(&[plain(x), x[1].shallow_clone(), x[2].shallow_clone()])
    }),
    ("of another's result in f32", |x| {
        let norm = |x: &Tensor, weight: &Tensor| {
            let wide = x.to_kind(Kind::Float);
            weight * (&wide * inverse(&wide.square()))
        };
        norm(&norm(&x[0], &x[2]), &x[2])
    }),
    ("two operators of libtorch's", |x| {
        let width = [x[2].size()[0]];
        x[0].rms_norm(width, Some(&x[2]), 1e-6)
            .rms_norm(width, Some(&x[2]), 1e-6)
    }),
    ("one operator of libtorch's", |x| {
        x[0].rms_norm([x[2].size()[0]], Some(&x[2]), 1e-6)
    }),
];

/// What stays libtorch's.
const STOCK: &[(&str, Form)] = &[
    ("over another dimension", |x| {
        let mean = x[0].square().mean_dim(&[-2i64][..], true, None::<Kind>);
        &x[2] * (&x[0] * (mean + 1e-6).rsqrt())
    }),
    ("of cubes", |x| {
        &x[2] * (&x[0] * inverse(&x[0].pow_tensor_scalar(3).abs()))
    }),
    ("of another's squares", |x| &x[2] * (&x[0] * inverse(&x[1].square()))),
    ("without a weight", |x| &x[0] * inverse(&x[0].square()) + 1.),
    ("a weight that is no constant", |x| {
        &x[1] * (&x[0] * inverse(&x[0].square()))
    }),
    ("a sum in the place of a mean", |x| {
        let sum = x[0].square().sum_dim_intlist(last(), true, None::<Kind>);
        &x[2] * (&x[0] * (sum + 1e-6).rsqrt())
    }),
    ("whose root is read twice", |x| {
        let root = inverse(&x[0].square());
        &x[2] * (&x[0] * &root) + root
    }),
    ("that is read before its weight, too", |x| {
        let scaled = &x[0] * inverse(&x[0].square());
        &x[2] * &scaled + scaled
    }),
    ("of what is written to meanwhile", |x| {
        let read = &x[0] * 2.;
        let root = inverse(&read.square());
        let _ = read.shallow_clone().g_add_scalar_(1.);
        &x[2] * (&read * root)
    }),
    ("over two dimensions", |x| {
        let weight = x[2].unsqueeze(0) * Tensor::ones([5, 1], (Kind::Float, tch::Device::Cpu));
        x[0].rms_norm([5, x[2].size()[0]], Some(&weight), 1e-6)
    }),
];

fn traced(form: Form, x: &[Tensor], weight: &Tensor) -> Traced {
    let of = |x: &[Tensor]| form(&[x[0].shallow_clone(), x[1].shallow_clone(), weight.shallow_clone()]);
    Traced::new(&[("w", weight)], &[&x[0], &x[1]], of)
}

#[test]
fn of_every_form_and_width() {
    for width in [1, 15, 16, 17, 384] {
        let x = [exact(&[3, 5, width]) * 4., exact(&[3, 5, width])];
        let weight = exact(&[width]);
        for (name, form) in NORMS {
            let traced = traced(*form, &x, &weight);
            let expected = form(&[x[0].shallow_clone(), x[1].shallow_clone(), weight.shallow_clone()]);
            for precision in PRECISIONS {
                let off = traced.off(precision, OPERATOR, &[&x[0], &x[1]], &expected);
                assert!(off < limit(precision), "{name}, {width} in {precision:?}: {off}");
                let left = traced.program(precision).operators("run").unwrap();
                assert_eq!(
                    left.contains_key("aten::rsqrt"),
                    !available(precision) && !left.contains_key("aten::rms_norm"),
                    "{name}: {left:?}"
                );
            }
        }
    }
}

#[test]
fn what_only_looks_like_one_stays_as_it_is() {
    let x = [exact(&[3, 5, 24]), exact(&[3, 5, 24])];
    let weight = exact(&[24]);
    for (name, form) in STOCK {
        let program = traced(*form, &x, &weight).program(Precision::F32);
        let operators = program.operators("run").unwrap();
        assert!(!operators.contains_key(OPERATOR), "{name}: {operators:?}");
        let expected = form(&[x[0].shallow_clone(), x[1].shallow_clone(), weight.shallow_clone()]);
        let off = off(&run(&program, Kind::Float, &[&x[0], &x[1]]), &expected);
        assert!(off < 1e-5, "{name}: {off}");
    }
}

#[test]
fn the_result_is_in_the_precision_that_it_would_have() {
    // In f32 a program that was cast computes what its code brings to f32; what it does not stays in bf16.
    let in_f32: Form = |x| {
        let wide = x[0].to_kind(Kind::Float);
        &x[2] * (&wide * inverse(&wide.square()))
    };
    let x = [exact(&[2, 3, 16]), exact(&[2, 3, 16])];
    let weight = exact(&[16]);
    for (form, kind) in [(plain as Form, Kind::BFloat16), (in_f32, Kind::Float)] {
        let program = traced(form, &x, &weight).program(Precision::Bf16);
        assert_eq!(run(&program, Kind::BFloat16, &[&x[0], &x[1]]).kind(), kind);
        // Rows in f32 stay what they are.
        assert_eq!(run(&program, Kind::Float, &[&x[0], &x[1]]).kind(), Kind::Float);
    }
}

#[test]
fn rows_that_the_kernel_is_not_for() {
    let weight = exact(&[1]);
    let x = [exact(&[3, 8]), exact(&[3, 8])];
    let program = traced(plain, &x, &weight).program(Precision::F32);
    for other in [
        exact(&[3, 8]),
        exact(&[2, 1]),
        Tensor::zeros([0, 8], (Kind::Float, tch::Device::Cpu)),
        exact(&[4, 8]).to_kind(Kind::Double),
        exact(&[8, 4]).transpose(0, 1),
    ] {
        let expected = plain(&[other.shallow_clone(), other.shallow_clone(), weight.shallow_clone()]);
        let got = program
            .run_one("run", &[other.shallow_clone().into(), other.into()])
            .unwrap();
        assert_eq!(got.kind(), expected.kind());
        assert!(off(&got.to_kind(Kind::Float), &expected.to_kind(Kind::Float)) < 2e-6);
    }
}

#[test]
fn one_operator_is_as_strict_as_libtorchs() {
    let weight = exact(&[8]);
    let form: Form = |x| x[0].rms_norm([8], Some(&x[2]), 1e-6);
    let x = [exact(&[3, 8]), exact(&[3, 8])];
    let program = traced(form, &x, &weight).program(Precision::F32);
    for kind in [Kind::Float, Kind::BFloat16, Kind::Double] {
        let given = x[0].to_kind(kind);
        let expected = given.rms_norm([8], Some(&weight.to_kind(kind)), 1e-6);
        let got = program
            .run_one("run", &[given.into(), x[1].shallow_clone().into()])
            .unwrap();
        assert_eq!(got.kind(), kind);
        assert!(off(&got, &expected.to_kind(Kind::Float)) < 2e-2, "{kind:?}");
    }
    let narrow = exact(&[3, 1]);
    assert!(program
        .run_one("run", &[narrow.into(), x[1].shallow_clone().into()])
        .is_err());
}

#[test]
fn large_and_tiny_values() {
    let weight = exact(&[40]);
    for scale in [1e-12, 1e-4, 1e4, 1e15] {
        let x = [exact(&[7, 40]) * scale, exact(&[7, 40])];
        let traced = traced(plain, &x, &weight);
        let of = [
            x[0].to_kind(Kind::Double),
            x[1].shallow_clone(),
            weight.to_kind(Kind::Double),
        ];
        let expected = plain(&of).to_kind(Kind::Float);
        let largest = expected.abs().max().double_value(&[]);
        let off = traced.off(Precision::F32, OPERATOR, &[&x[0], &x[1]], &expected);
        let got = run(&traced.program(Precision::F32), Kind::Float, &[&x[0], &x[1]]);
        let relative = (got - &expected).abs().max().double_value(&[]) / largest;
        assert!(off < 2e-6 && relative < 2e-6, "{scale}: {off}, {relative}");
    }
}
