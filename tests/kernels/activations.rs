//! Activations that a module writes out: known by what they give, whatever way they are written.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::processor::packs;
use super::support::{exact, limit, off, run, Traced, PRECISIONS};

type Form = fn(&Tensor) -> Tensor;

const ROOT: f64 = 0.7978845608028654; // √(2 / π)

/// Each, and what becomes of it.
const ACTIVATIONS: &[(&str, &str, Form)] = &[
    ("gelu by tanh", "gelu", |x| {
        0.5 * x * (1. + ((x + x.pow_tensor_scalar(3) * 0.044715) * ROOT).tanh())
    }),
    ("the same in another order", "gelu", |x| {
        (((x * x * x * 0.044715 + x) * ROOT).tanh() + 1.) * (x / 2.)
    }),
    ("the same by a product with x", "gelu", |x| {
        x * 0.5 * (1. + (x * 0.7978845608 * (x * x * 0.044715 + 1.)).tanh())
    }),
    ("gelu by erf", "gelu", |x| x * 0.5 * (1. + (x / 2f64.sqrt()).erf())),
    ("halved at last", "gelu", |x| x * (1. + (x * 0.5f64.sqrt()).erf()) / 2.),
    ("silu", "silu", |x| x * x.sigmoid()),
    ("silu of a negative", "silu", |x| x.sigmoid() * -(-x)),
    ("hardswish", "hardswish", |x| x * (x + 3.).clamp(0., 6.) / 6.),
    ("hardswish by relu6", "hardswish", |x| x * ((x + 3.).relu6() / 6.)),
    ("hardsigmoid", "hardsigmoid", |x| (x + 3.).relu6() / 6.),
];

/// What stays as it is.
const OTHERS: &[(&str, Form)] = &[
    ("another factor", |x| {
        0.5 * x * (1. + ((x + x.pow_tensor_scalar(3) * 0.05) * ROOT).tanh())
    }),
    ("another power", |x| {
        0.5 * x * (1. + ((x + x.pow_tensor_scalar(2) * 0.044715) * ROOT).tanh())
    }),
    ("a little steeper", |x| x * (x * 1.01).sigmoid()),
    ("of two values", |x| x * (x * 0.5).detach().cos().sigmoid()),
    ("tanh's own product", |x| x * x.tanh()),
    ("squares", |x| x * x),
    ("a logarithm", |x| x * (x.exp() + 1.).log().tanh()),
];

fn traced(form: Form, x: &Tensor, weight: &Tensor) -> (Traced, Tensor) {
    let of = |x: &[Tensor]| form(&x[0].linear(weight, None::<Tensor>));
    (Traced::new(&[("w", weight)], &[x], of), of(&[x.shallow_clone()]))
}

#[test]
fn are_known_by_what_they_give() {
    let (x, weight) = (exact(&[7, 24]) * 2., exact(&[16, 24]) / 2.);
    for (name, becomes, form) in ACTIVATIONS {
        let (traced, expected) = traced(*form, &x, &weight);
        for precision in PRECISIONS {
            let program = traced.program(precision);
            let operators = program.operators("run").unwrap();
            let fused = operators.len() == 1 && operators.contains_key("glyxel::linear");
            let alone = operators.contains_key(&format!("aten::{becomes}"));
            assert!(fused || (alone && !packs()), "{name} in {precision:?}: {operators:?}");
            let off = off(&run(&program, precision.tch(), &[&x]), &expected);
            assert!(off < limit(precision), "{name} in {precision:?}: {off}");
        }
    }
}

#[test]
fn that_are_nearly_one_stay_as_they_are() {
    let (x, weight) = (exact(&[7, 24]), exact(&[16, 24]) / 2.);
    for (name, form) in OTHERS {
        let (traced, expected) = traced(*form, &x, &weight);
        let program = traced.program(Precision::F32);
        let operators = program.operators("run").unwrap();
        assert!(operators.contains_key("aten::mul"), "{name}: {operators:?}");
        for (_, becomes, _) in ACTIVATIONS {
            assert!(
                !operators.contains_key(&format!("aten::{becomes}")),
                "{name}: {operators:?}"
            );
        }
        assert!(off(&run(&program, Kind::Float, &[&x]), &expected) < 2e-6, "{name}");
    }
}

#[test]
fn whose_steps_are_read_elsewhere_are_known_too() {
    let (x, weight) = (exact(&[7, 24]), exact(&[16, 24]) / 2.);
    let form: Form = |x| {
        let inner = x.sigmoid();
        x * &inner + inner
    };
    let (traced, expected) = traced(form, &x, &weight);
    for precision in PRECISIONS {
        let program = traced.program(precision);
        let operators = program.operators("run").unwrap();
        assert!(
            operators.contains_key("aten::silu") && operators.contains_key("aten::sigmoid"),
            "{operators:?}"
        );
        assert!(off(&run(&program, precision.tch(), &[&x]), &expected) < limit(precision));
    }
}

#[test]
fn of_what_is_written_to_stay_as_they_are() {
    let (x, weight) = (exact(&[7, 24]), exact(&[16, 24]) / 2.);
    let forms: [Form; 3] = [
        |x| {
            let read = x * 2.;
            let inner = read.sigmoid();
            let _ = read.shallow_clone().g_mul_scalar_(3.);
            read * inner
        },
        |x| {
            let inner = x.sigmoid();
            let _ = inner.shallow_clone().g_mul_scalar_(2.);
            x * inner
        },
        |x| {
            let inner = x.sigmoid();
            let _ = inner.narrow(-1, 0, 1).fill_(1.);
            x * inner
        },
    ];
    for (which, form) in forms.into_iter().enumerate() {
        let (traced, expected) = traced(form, &x, &weight);
        let program = traced.program(Precision::F32);
        assert!(!program.operators("run").unwrap().contains_key("aten::silu"), "{which}");
        assert!(off(&run(&program, Kind::Float, &[&x]), &expected) < 2e-6, "{which}");
    }
}

#[test]
fn of_what_is_clamped_far_away_keep_the_clamp() {
    let x = exact(&[7, 24]) * 1000.;
    let weight = Tensor::eye(24, (Kind::Float, tch::Device::Cpu));
    let forms: [Form; 3] = [
        |x| {
            let clamped = x.clamp(-10., 10.);
            &clamped * clamped.sigmoid()
        },
        |x| {
            let clamped = x.clamp(-50., 50.);
            &clamped * clamped.sigmoid()
        },
        |x| x * x.clamp(-10., 10.).sigmoid(),
    ];
    for (which, form) in forms.into_iter().enumerate() {
        let (traced, expected) = traced(form, &x, &weight);
        let program = traced.program(Precision::F32);
        assert!(off(&run(&program, Kind::Float, &[&x]), &expected) < 2e-6, "{which}");
    }
}

#[test]
fn of_an_activation_are_known_too() {
    // An activation of an activation: each by itself.
    let (x, weight) = (exact(&[7, 24]), exact(&[16, 24]) / 2.);
    let form: Form = |x| {
        let y = x.relu();
        &y * y.sigmoid()
    };
    let (traced, expected) = traced(form, &x, &weight);
    let program = traced.program(Precision::F32);
    let operators = program.operators("run").unwrap();
    assert!(operators.contains_key("aten::silu"), "{operators:?}");
    assert!(off(&run(&program, Kind::Float, &[&x]), &expected) < 2e-6);
}
