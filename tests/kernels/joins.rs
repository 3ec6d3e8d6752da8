//! Tensors joined with a constant one that has no values, as a cache of keys and values begins: what is joined is the tensor itself.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{exact, run, Traced, PRECISIONS};

type Form = fn(&Tensor, &Tensor) -> Tensor;

fn traced(form: Form, x: &Tensor) -> Traced {
    let nothing = Tensor::zeros([0], (Kind::Float, tch::Device::Cpu));
    Traced::new(&[("nothing", &nothing)], &[x], |x| form(&x[0], &nothing))
}

#[test]
fn with_nothing_are_what_they_were() {
    let x = exact(&[2, 3, 4]);
    let forms: [(&str, Form); 3] = [
        ("nothing first", |x, nothing| Tensor::cat(&[nothing, &(x * 2.)], -2) - x),
        ("nothing last", |x, nothing| Tensor::cat(&[&(x * 2.), nothing], 0) - x),
        ("twice", |x, nothing| {
            Tensor::cat(&[nothing, &Tensor::cat(&[nothing, x], 1)], 1) + x
        }),
    ];
    for (name, form) in forms {
        let traced = traced(form, &x);
        for precision in PRECISIONS {
            let program = traced.program(precision);
            let operators = program.operators("run").unwrap();
            assert!(
                !operators.contains_key("aten::cat"),
                "{name} in {precision:?}: {}",
                program.graph("run").unwrap()
            );
            let nothing = Tensor::zeros([0], (Kind::Float, tch::Device::Cpu));
            assert_eq!(
                run(&program, precision.tch(), &[&x]).to_kind(Kind::Float),
                form(&x, &nothing),
                "{name}"
            );
        }
    }
}

#[test]
fn with_nothing_keep_their_precision() {
    let x = exact(&[2, 3, 4]);
    let program = traced(|x, nothing| Tensor::cat(&[nothing, x], 1), &x).program(Precision::F32);
    for (given, expected) in [
        (Kind::Double, Kind::Double),
        (Kind::Float, Kind::Float),
        (Kind::Half, Kind::Float),
        (Kind::BFloat16, Kind::Float),
    ] {
        let got = program.run_one("run", &[x.to_kind(given).into()]).unwrap();
        assert_eq!((got.kind(), got.to_kind(Kind::Float)), (expected, x.shallow_clone()));
    }
}

#[test]
fn that_are_written_to_viewed_or_hold_values_are_joined() {
    let x = exact(&[2, 3, 4]);
    let forms: [(&str, Form); 4] = [
        ("viewed behind a conversion and a turn", |x, nothing| {
            let joined = Tensor::cat(&[nothing, &x.permute([2, 0, 1])], 1).to_kind(Kind::Float);
            joined.transpose(0, 0).view([-1])
        }),
        ("written to", |x, nothing| {
            let joined = Tensor::cat(&[nothing, x], 1);
            let _ = joined.shallow_clone().g_mul_scalar_(2.);
            joined + x
        }),
        ("viewed", |x, nothing| {
            Tensor::cat(&[nothing, &x.transpose(0, 1)], 1).view([-1])
        }),
        ("with values", |x, nothing| Tensor::cat(&[nothing, x, x], 1) * 1.),
    ];
    for (name, form) in forms {
        let program = traced(form, &x).program(Precision::F32);
        let operators = program.operators("run").unwrap();
        assert!(operators.contains_key("aten::cat"), "{name}: {operators:?}");
        let nothing = Tensor::zeros([0], (Kind::Float, tch::Device::Cpu));
        assert_eq!(run(&program, Kind::Float, &[&x]), form(&x, &nothing), "{name}");
    }
}
