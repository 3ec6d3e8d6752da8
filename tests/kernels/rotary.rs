//! Rotary positions: rows of which each half is turned against the other.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{available, exact, limit, off, run, Traced, PRECISIONS};

const OPERATOR: &str = "glyxel::rotary";

/// Of x, cos and sin.
type Form = fn(&[Tensor]) -> Tensor;

fn turned(x: &Tensor) -> Tensor {
    let halves = x.chunk(2, -1);
    Tensor::cat(&[-&halves[1], halves[0].shallow_clone()], -1)
}

fn rotary(x: &[Tensor]) -> Tensor {
    &x[0] * &x[1] + turned(&x[0]) * &x[2]
}

fn sliced(x: &Tensor, dim: i64) -> Tensor {
    let half = x.size()[x.dim() - 1] / 2;
    Tensor::cat(&[-x.slice(dim, half, None, 1), x.slice(dim, 0, half, 1)], -1)
}

/// One operator each.
const ROTARY: &[(&str, Form)] = &[
    ("by chunks", rotary),
    ("by slices", |x| &x[0] * &x[1] + sliced(&x[0], -1) * &x[2]),
    ("by slices of the last dimension, counted from the first", |x| {
        &x[0] * &x[1] + sliced(&x[0], 3) * &x[2]
    }),
    ("in another order", |x| &x[2] * turned(&x[0]) + &x[1] * &x[0]),
    ("of heads that are turned", |x| {
        let y = rotary(&[x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2)]);
        y.transpose(1, 2).flatten(2, 3)
    }),
    ("of a part of a wider product", |x| {
        let wide = Tensor::cat(&[&x[0], &x[0], &x[0]], -1).chunk(3, -1);
        rotary(&[wide[1].shallow_clone(), x[1].shallow_clone(), x[2].shallow_clone()]).flatten(2, 3)
    }),
];

/// What stays libtorch's.
const STOCK: &[(&str, Form)] = &[
    ("the lower half turned the other way", |x| {
        let halves = x[0].chunk(2, -1);
        &x[0] * &x[1] + Tensor::cat(&[halves[1].shallow_clone(), -&halves[0]], -1) * &x[2]
    }),
    ("halves that stay where they are", |x| {
        let halves = x[0].chunk(2, -1);
        &x[0] * &x[1] + Tensor::cat(&[-&halves[0], halves[1].shallow_clone()], -1) * &x[2]
    }),
    ("one half twice", |x| {
        let halves = x[0].chunk(2, -1);
        &x[0] * &x[1] + Tensor::cat(&[-&halves[0], halves[0].shallow_clone()], -1) * &x[2]
    }),
    ("another's halves", |x| &x[0] * &x[1] + turned(&(&x[0] * 2.)) * &x[2]),
    ("a difference", |x| &x[0] * &x[1] - turned(&x[0]) * &x[2]),
    ("halves of unequal size", |x| {
        let parts = [-x[0].slice(-1, 3, None, 1), x[0].slice(-1, 0, 3, 1)];
        &x[0] * &x[1] + Tensor::cat(&parts, -1) * &x[2] * 1.
    }),
    ("halves that overlap", |x| {
        let parts = [-x[0].slice(-1, 3, None, 1), x[0].slice(-1, 0, 4, 1)];
        &x[0] * &x[1] + Tensor::cat(&parts, -1).slice(-1, 0, 8, 1) * &x[2]
    }),
    ("of what is written to meanwhile", |x| {
        let read = &x[0] * 2.;
        let straight = &read * &x[1];
        let across = turned(&read) * &x[2];
        let _ = read.shallow_clone().g_mul_scalar_(3.);
        straight + across
    }),
];

fn traced(form: Form, x: &[Tensor; 3]) -> Traced {
    Traced::new(&[], &x.each_ref(), form)
}

#[test]
fn of_every_form_and_width() {
    for width in [2, 8, 30, 32, 34, 64, 96] {
        let x = [
            exact(&[2, 5, 3, width]),
            exact(&[1, 5, 1, width]),
            exact(&[1, 5, 1, width]),
        ];
        for (name, form) in ROTARY {
            let (traced, expected) = (traced(*form, &x), form(&x));
            for precision in PRECISIONS {
                let off = traced.off(precision, OPERATOR, &x.each_ref(), &expected);
                assert!(off < limit(precision), "{name}, {width} in {precision:?}: {off}");
                let left = traced.program(precision).operators("run").unwrap();
                assert_eq!(
                    left.contains_key("aten::neg"),
                    !available(Precision::F32),
                    "{name}: {left:?}"
                );
            }
        }
    }
}

#[test]
fn what_only_looks_like_them_stays_as_it_is() {
    let x = [exact(&[2, 5, 3, 8]), exact(&[1, 5, 1, 8]), exact(&[1, 5, 1, 8])];
    for (name, form) in STOCK {
        let program = traced(*form, &x).program(Precision::F32);
        let operators = program.operators("run").unwrap();
        let found = operators.contains_key(OPERATOR);
        // Which sizes halves have is seen when they come.
        assert!(!found || *name == "halves of unequal size", "{name}: {operators:?}");
        let off = off(&run(&program, Kind::Float, &x.each_ref()), &form(&x));
        assert!(off < 4e-6, "{name}: {off}");
    }
}

#[test]
fn tables_and_rows_of_any_sizes() {
    let first = [exact(&[2, 5, 3, 8]), exact(&[1, 5, 1, 8]), exact(&[1, 5, 1, 8])];
    for precision in PRECISIONS {
        let program = traced(rotary, &first).program(precision);
        let sizes: [[&[i64]; 3]; 12] = [
            [&[8], &[8], &[8]],
            [&[3, 8], &[8], &[1, 8]],
            [&[4, 3, 8], &[3, 8], &[4, 1, 8]],
            [&[2, 3, 4, 8], &[2, 1, 4, 8], &[4, 8]],
            [&[2, 2, 3, 4, 8], &[4, 8], &[2, 2, 1, 1, 8]],
            // What the kernel is not for.
            [&[2, 2, 2, 3, 4, 8], &[4, 8], &[8]],
            [&[2, 3, 7], &[3, 7], &[7]],
            [&[2, 3, 8], &[3, 1], &[1]],
            [&[2, 3, 8], &[5, 2, 3, 8], &[8]],
            [&[3, 8], &[2, 3, 8], &[8]],
            [&[0, 3, 8], &[3, 8], &[8]],
            [&[2, 3, 2], &[3, 2], &[2]],
        ];
        for sizes in sizes {
            let x = sizes.map(exact);
            let (got, expected) = (run(&program, precision.tch(), &x.each_ref()), rotary(&x));
            assert_eq!(got.size(), expected.size(), "{sizes:?}");
            let off = off(&got, &expected);
            assert!(off < limit(precision), "{sizes:?} in {precision:?}: {off}");
        }
        // Numbers side by side in another direction, and of other precisions.
        let x = [exact(&[8, 6, 4]).permute([2, 1, 0]), exact(&[6, 8]), exact(&[6, 8])];
        assert!(off(&run(&program, precision.tch(), &x.each_ref()), &rotary(&x)) < limit(precision));
        for kinds in [
            [Kind::Double, Kind::Float],
            [Kind::BFloat16, Kind::Float],
            [Kind::Float, Kind::BFloat16],
            [Kind::Half, Kind::Half],
        ] {
            let x = [
                exact(&[2, 6, 8]).to_kind(kinds[0]),
                exact(&[6, 8]).to_kind(kinds[1]),
                exact(&[6, 8]).to_kind(kinds[1]),
            ];
            let inputs = x.each_ref().map(|x| x.shallow_clone().into());
            let (got, expected) = (program.run_one("run", &inputs).unwrap(), rotary(&x));
            assert_eq!(got.kind(), expected.kind(), "{kinds:?}");
            assert!(off(&got, &expected.to_kind(Kind::Float)) < 2e-2, "{kinds:?}");
        }
    }
}

#[test]
fn the_result_lies_as_libtorchs_would() {
    let of_heads: Form = |x| rotary(&[x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2)]);
    let x = [exact(&[2, 5, 3, 8]), exact(&[1, 5, 1, 8]), exact(&[1, 5, 1, 8])];
    let program = traced(of_heads, &x).program(Precision::F32);
    let got = run(&program, Kind::Float, &x.each_ref());
    assert_eq!(got.stride(), of_heads(&x).stride());
}
