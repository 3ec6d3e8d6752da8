//! Linear layers that read the same become one.

use glyxel::torch::Precision;
use tch::Tensor;

use super::support::{exact, limit, off, run, Traced, PRECISIONS};

type Form = fn(&[Tensor]) -> Tensor;

fn split(x: &Tensor) -> Tensor {
    x.view([2, 5, -1, 4]).transpose(1, 2)
}

fn traced(form: Form, x: &Tensor, weights: &[Tensor]) -> (Traced, Tensor) {
    let of = |x: &[Tensor]| form(&[0, 1, 2].map(|i| x[0].linear(&weights[i], None::<Tensor>)));
    let named = [("q", &weights[0]), ("k", &weights[1]), ("v", &weights[2])];
    (Traced::new(&named, &[x], of), of(&[x.shallow_clone()]))
}

fn weights() -> Vec<Tensor> {
    [12, 12, 8].map(|n| exact(&[n, 16]) / 4.).into()
}

#[test]
fn also_where_each_is_split_into_heads() {
    let (x, weights) = (exact(&[2, 5, 16]), weights());
    let forms: [(&str, Form); 3] = [
        ("nothing behind them", |y| {
            Tensor::cat(&[&y[0], &y[1], &y[2]], -1).relu()
        }),
        ("views that are turned", |y| {
            let heads: Vec<Tensor> = y.iter().map(split).collect();
            Tensor::cat(&heads, 1)
        }),
        ("views over all dimensions, turned", |y| {
            Tensor::cat(&[0, 1, 2].map(|i| y[i].view([10, -1]).transpose(0, 1)), 0)
        }),
    ];
    for (name, form) in forms {
        let (traced, expected) = traced(form, &x, &weights);
        for precision in PRECISIONS {
            let program = traced.program(precision);
            let operators = program.operators("run").unwrap();
            let linears: usize = operators
                .iter()
                .filter(|(of, _)| of.contains("linear"))
                .map(|(_, n)| n)
                .sum();
            assert_eq!(linears, 1, "{name}: {operators:?}");
            let off = off(&run(&program, precision.tch(), &[&x]), &expected);
            assert!(off < limit(precision), "{name} in {precision:?}: {off}");
        }
    }
}

#[test]
fn but_not_where_a_view_is_read_as_it_lies() {
    let (x, weights) = (exact(&[2, 5, 16]), weights());
    let forms: [(&str, Form); 6] = [
        ("a view behind the turn", |y| {
            let one = |y: &Tensor| y.view([2, 5, 1, -1]).transpose(1, 2).view([2, -1]);
            Tensor::cat(&[one(&y[0]), one(&y[1]), one(&y[2])], -1)
        }),
        ("strides that were written down", |y| {
            let one = |y: &Tensor| {
                y.view([2, 5, -1, 4])
                    .transpose(0, 1)
                    .as_strided([10, 4], [4, 1], None::<i64>)
            };
            Tensor::cat(&[one(&y[0]), one(&y[1]), one(&y[2])], 0)
        }),
        ("a turn that is written to", |y| {
            for y in &y[..2] {
                let _ = y.view([2, 5, -1, 4]).transpose(1, 2).g_mul_scalar_(2.);
            }
            Tensor::cat(&[&y[0], &y[1], &y[2]], -1)
        }),
        ("strides that were written down, behind a reshape", |y| {
            let one = |y: &Tensor| {
                y.view([2, 5, -1, 4])
                    .transpose(0, 1)
                    .reshape([10, -1])
                    .as_strided([10, 4], [4, 1], None::<i64>)
            };
            Tensor::cat(&[one(&y[0]), one(&y[1]), one(&y[2])], 0)
        }),
        ("a view of a view", |y| {
            Tensor::cat(&[0, 1, 2].map(|i| y[i].view([10, -1]).view([-1])), 0)
        }),
        ("written to", |y| {
            let _ = y[0].view([10, -1]).g_mul_scalar_(2.);
            let _ = y[1].view([10, -1]).g_mul_scalar_(2.);
            Tensor::cat(&[&y[0], &y[1], &y[2]], -1)
        }),
    ];
    for (name, form) in forms {
        let (traced, expected) = traced(form, &x, &weights);
        let program = traced.program(Precision::F32);
        let operators = program.operators("run").unwrap();
        let linears: usize = operators
            .iter()
            .filter(|(of, _)| of.contains("linear"))
            .map(|(_, n)| n)
            .sum();
        assert_eq!(linears, 3, "{name}: {operators:?}");
        assert!(off(&run(&program, tch::Kind::Float, &[&x]), &expected) < 2e-6, "{name}");
    }
}
