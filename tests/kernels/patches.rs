//! The convolution that cuts a picture into patches.

use glyxel::torch::Precision;
use tch::Tensor;

use super::support::{available, exact, limit, Traced, PRECISIONS};

const OPERATOR: &str = "glyxel::patches";

fn convolution(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: i64) -> Tensor {
    x.conv2d(weight, bias, [stride, stride], [0, 0], [1, 1], 1)
}

#[test]
fn of_every_size_and_layout() {
    // Batch, channels, height, width, side, outputs; some pixels at the edges belong to no patch.
    for [batch, channels, height, width, side, outputs] in [
        [1, 3, 8, 8, 4, 5],
        [2, 3, 32, 48, 16, 24],
        [3, 1, 9, 6, 2, 16],
        [2, 4, 21, 30, 7, 33],
        [1, 3, 17, 19, 16, 8],
    ] {
        let x = exact(&[batch, channels, height, width]);
        let weight = exact(&[outputs, channels, side, side]) / ((channels * side * side) as f64).sqrt();
        let weight = weight.to_kind(tch::Kind::BFloat16).to_kind(tch::Kind::Float);
        let bias = exact(&[outputs]);
        for bias in [Some(&bias), None] {
            let given = [("w", Some(&weight)), ("b", bias)];
            let parameters: Vec<_> = given
                .iter()
                .filter_map(|(name, value)| Some((*name, (*value)?)))
                .collect();
            let run = |x: &[Tensor]| convolution(&x[0], &weight, bias, side);
            let traced = Traced::new(&parameters, &[&x], run);
            let expected = run(&[x.shallow_clone()]);
            // As pictures come, colours side by side, and colour by colour.
            let side_by_side = x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2]);
            for x in [&x, &side_by_side] {
                for precision in PRECISIONS
                    .into_iter()
                    .filter(|p| channels * side * side % 2 == 0 || *p == Precision::F32)
                {
                    let off = traced.off(precision, OPERATOR, &[x], &expected);
                    assert!(
                        off < limit(precision),
                        "{height} × {width} by {side} in {precision:?}: {off}"
                    );
                }
            }
        }
    }
}

#[test]
fn other_convolutions_are_left_alone() {
    let x = exact(&[1, 4, 12, 12]);
    let whole = exact(&[8, 4, 3, 3]);
    type Function = fn(&Tensor, &Tensor) -> Tensor;
    let others: [Function; 3] = [
        |x, w| x.conv2d(w, None::<&Tensor>, [2, 2], [0, 0], [1, 1], 1),
        |x, w| x.conv2d(w, None::<&Tensor>, [3, 3], [1, 1], [1, 1], 1),
        |x, w| x.conv2d(&w.narrow(1, 0, 2), None::<&Tensor>, [3, 3], [0, 0], [1, 1], 2),
    ];
    for (i, other) in others.into_iter().enumerate() {
        let run = |x: &[Tensor]| other(&x[0], &whole);
        let program = Traced::new(&[("w", &whole)], &[&x], run).program(Precision::F32);
        assert!(!program.graph("run").unwrap().contains(OPERATOR), "{i}");
    }
    let many = exact(&[8, 16, 2, 2]);
    let x = exact(&[1, 16, 8, 8]);
    let run = |x: &[Tensor]| convolution(&x[0], &many, None, 2);
    let program = Traced::new(&[("w", &many)], &[&x], run).program(Precision::F32);
    assert!(!program.graph("run").unwrap().contains(OPERATOR));
}

#[test]
fn a_picture_without_a_batch_and_one_that_is_too_small() {
    let (x, weight) = (exact(&[3, 8, 12]), exact(&[6, 3, 4, 4]));
    let run = |x: &[Tensor]| convolution(&x[0], &weight, None, 4);
    let traced = Traced::new(&[("w", &weight)], &[&x], run);
    let program = traced.program(Precision::F32);
    let got = program.run_one("run", &[x.shallow_clone().into()]).unwrap();
    assert!((got - run(&[x])).abs().max().double_value(&[]) < 1e-4);
    let small = program.run("run", &[exact(&[1, 3, 3, 12]).into()]);
    assert!(small.is_err(), "smaller than a patch");
    if available(Precision::F32) {
        assert!(
            program.run("run", &[exact(&[1, 1, 8, 12]).into()]).is_err(),
            "a channel of three"
        );
    }
}
