//! Convolutions of each channel by itself.

use glyxel::torch::Precision;
use tch::Tensor;

use super::support::{available, channels_last, exact, exactly_scaled, limit, parameters, Traced, PRECISIONS};

const OPERATOR: &str = "glyxel::depthwise";

#[test]
fn of_every_size_and_layout() {
    // Batch, channels, height, width, kernel, stride, padding, dilation; channels below, at and above a task's.
    for [batch, channels, height, width, kernel, stride, padding, dilation] in [
        [1, 2, 8, 8, 3, 1, 1, 1],
        [2, 16, 9, 7, 3, 2, 1, 1],
        [1, 32, 30, 29, 3, 1, 1, 1],
        [2, 40, 14, 14, 5, 2, 2, 1],
        [1, 130, 7, 7, 5, 1, 2, 1],
        [3, 128, 7, 9, 7, 1, 3, 1],
        [1, 257, 2, 3, 5, 1, 4, 1],
        [1, 24, 12, 11, 3, 1, 2, 2],
        [1, 33, 8, 8, 1, 1, 0, 1],
    ] {
        let (x, bias) = (exact(&[batch, channels, height, width]), exact(&[channels]));
        let weight = exactly_scaled(&[channels, 1, kernel, kernel]);
        for bias in [Some(&bias), None] {
            let run = |x: &[Tensor]| {
                let (stride, padding, dilation) = ([stride, stride], [padding, padding], [dilation, dilation]);
                x[0].conv2d(&weight, bias, stride, padding, dilation, channels)
            };
            let traced = Traced::new(&parameters(&weight, bias), &[&x], run);
            let expected = run(&[x.shallow_clone()]);
            for x in [&x, &channels_last(&x)] {
                for precision in PRECISIONS {
                    let off = traced.off(precision, OPERATOR, &[x], &expected);
                    assert!(
                        off < limit(precision),
                        "{height} × {width} × {channels} by {kernel} in {precision:?}: {off}"
                    );
                }
            }
        }
    }
}

#[test]
fn activations_are_fused_and_sums_are_not() {
    type Function = fn(&Tensor) -> Tensor;
    let activations: [(&str, Function); 5] = [
        ("relu", Tensor::relu),
        ("relu6", |x| x.clamp(0., 6.)),
        ("hardswish", Tensor::hardswish),
        ("gelu", |x| x.gelu("none")),
        ("sum", |x| x + 0.5),
    ];
    let x = exact(&[2, 20, 8, 6]) * 4.;
    let weight = exactly_scaled(&[20, 1, 3, 3]);
    for (name, activation) in activations {
        let run = |x: &[Tensor]| activation(&x[0].conv2d(&weight, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 20)) + &x[0];
        let traced = Traced::new(&[("w", &weight)], &[&x], run);
        let expected = run(&[x.shallow_clone()]);
        for precision in PRECISIONS {
            let off = traced.off(precision, OPERATOR, &[&x], &expected);
            // What libtorch adds in bf16, numbers up to some 16, is rounded once more with each sum.
            let sums = if precision == Precision::Bf16 { 4. } else { 1. };
            assert!(off < sums * limit(precision), "{name} in {precision:?}: {off}");
            if available(precision) {
                let left = traced.program(precision).operators("run").unwrap();
                let sums = if name == "sum" { 2 } else { 1 };
                assert_eq!(left.get("aten::add"), Some(&sums), "{name}: {left:?}");
                assert_eq!(left.len(), 2, "{name}: {left:?}");
            }
        }
    }
}

#[test]
fn more_results_than_channels_are_left_alone_and_wrong_pictures_refused() {
    let (x, weight) = (exact(&[1, 4, 6, 6]), exact(&[8, 1, 3, 3]));
    let run = |x: &[Tensor]| x[0].conv2d(&weight, None::<&Tensor>, [1, 1], [0, 0], [1, 1], 4);
    let program = Traced::new(&[("w", &weight)], &[&x], run).program(Precision::F32);
    assert!(!program.graph("run").unwrap().contains(OPERATOR));

    let weight = exact(&[4, 1, 3, 3]);
    let run = |x: &[Tensor]| x[0].conv2d(&weight, None::<&Tensor>, [1, 1], [0, 0], [1, 1], 4);
    let program = Traced::new(&[("w", &weight)], &[&x], run).program(Precision::F32);
    for wrong in [[1, 4, 2, 6], [1, 5, 6, 6]] {
        assert!(program.run("run", &[exact(&wrong).into()]).is_err(), "{wrong:?}");
    }
    if available(Precision::F32) {
        let alone = program.run_one("run", &[exact(&[4, 6, 5]).into()]).unwrap();
        assert_eq!(alone.size(), [4, 4, 3]);
    }
}
