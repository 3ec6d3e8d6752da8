//! Convolutions of all channels at once.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{available, channels_last, exact, exactly_scaled, limit, parameters, Traced, PRECISIONS};

const OPERATOR: &str = "glyxel::convolution";

/// What a convolution does, vertical before horizontal where there are two.
struct Case {
    /// Batch, channels, height, width.
    input: [i64; 4],
    outputs: i64,
    kernel: [i64; 2],
    stride: [i64; 2],
    padding: [i64; 2],
    dilation: [i64; 2],
}

const fn case(input: [i64; 4], outputs: i64, kernel: [i64; 2], stride: i64, padding: i64) -> Case {
    Case {
        input,
        outputs,
        kernel,
        stride: [stride, stride],
        padding: [padding, padding],
        dilation: [1, 1],
    }
}

impl Case {
    fn weight(&self) -> Tensor {
        exactly_scaled(&[self.outputs, self.input[1], self.kernel[0], self.kernel[1]])
    }

    fn run(&self, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
        x.conv2d(weight, bias, self.stride, self.padding, self.dilation, 1)
    }
}

/// Patches of pictures, some with pixels at the edges that belong to no patch; stems; kernels of one pixel; kernels of many over few and many channels,
/// over pictures of one task and of several; edges wider than the picture.
const CASES: [Case; 15] = [
    case([1, 3, 8, 8], 5, [4, 4], 4, 0),
    case([2, 3, 32, 48], 24, [16, 16], 16, 0),
    case([3, 1, 9, 6], 16, [2, 2], 2, 0),
    case([2, 4, 21, 30], 33, [7, 7], 7, 0),
    case([2, 3, 33, 20], 32, [3, 3], 2, 1),
    case([1, 3, 30, 31], 64, [7, 7], 2, 3),
    case([2, 16, 9, 11], 24, [1, 1], 1, 0),
    case([2, 32, 9, 11], 130, [1, 1], 2, 0),
    case([1, 64, 14, 14], 65, [3, 3], 1, 1),
    case([3, 24, 7, 7], 16, [3, 3], 2, 1),
    case([1, 17, 12, 10], 8, [5, 5], 1, 2),
    case([1, 16, 2, 3], 16, [5, 5], 1, 4),
    case([2, 20, 6, 40], 12, [1, 7], 1, 3),
    Case {
        input: [1, 32, 15, 13],
        outputs: 48,
        kernel: [3, 2],
        stride: [2, 1],
        padding: [0, 1],
        dilation: [2, 3],
    },
    Case {
        input: [1, 2, 15, 13],
        outputs: 6,
        kernel: [3, 2],
        stride: [1, 3],
        padding: [4, 0],
        dilation: [3, 2],
    },
];

#[test]
fn of_every_size_and_layout() {
    for case in CASES {
        let (x, weight, bias) = (exact(&case.input), case.weight(), exact(&[case.outputs]));
        for bias in [Some(&bias), None] {
            let run = |x: &[Tensor]| case.run(&x[0], &weight, bias);
            let traced = Traced::new(&parameters(&weight, bias), &[&x], run);
            let expected = run(&[x.shallow_clone()]);
            // Colour by colour, and as pictures come, colours side by side.
            for x in [&x, &channels_last(&x)] {
                for precision in PRECISIONS {
                    let off = traced.off(precision, OPERATOR, &[x], &expected);
                    let [height, width] = [case.input[2], case.input[3]];
                    assert!(
                        off < limit(precision),
                        "{height} × {width} by {:?} in {precision:?}: {off}",
                        case.kernel
                    );
                }
            }
        }
    }
}

#[test]
fn activations_before_and_after_a_residual() {
    type Function = fn(&Tensor) -> Tensor;
    let activations: [(&str, Function); 6] = [
        ("none", |x| x.shallow_clone()),
        ("relu", Tensor::relu),
        ("relu6", |x| x.clamp(0., 6.)),
        ("hardswish", Tensor::hardswish),
        ("hardsigmoid", Tensor::hardsigmoid),
        ("silu", Tensor::silu),
    ];
    let x = exact(&[2, 16, 8, 6]) * 4.;
    let weight = exactly_scaled(&[20, 16, 3, 3]);
    let convolve = |x: &Tensor| x.conv2d(&weight, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1);
    for (name, activation) in activations {
        // Of the result's own sizes, in both layouts, and one for each channel.
        let residuals = [
            exact(&[2, 20, 8, 6]),
            channels_last(&exact(&[2, 20, 8, 6])),
            exact(&[20, 1, 1]),
        ];
        for residual in residuals {
            for last in [false, true] {
                let run = |x: &[Tensor]| match last {
                    true => activation(&(convolve(&x[0]) + &x[1])),
                    false => &x[1] + activation(&convolve(&x[0])),
                };
                let traced = Traced::new(&[("w", &weight)], &[&x, &residual], run);
                let expected = run(&[x.shallow_clone(), residual.shallow_clone()]);
                for precision in PRECISIONS {
                    let off = traced.off(precision, OPERATOR, &[&x, &residual], &expected);
                    assert!(off < limit(precision), "{name} {last} in {precision:?}: {off}");
                    let left = traced.program(precision).operators("run").unwrap();
                    let ours = left.keys().all(|name| name.starts_with("glyxel::"));
                    assert_eq!(ours, available(precision), "{name}: {left:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_number_reaches_the_pixels_that_see_it_and_no_other() {
    for channels in [3, 16] {
        let x = exact(&[1, channels, 9, 9]);
        let weight = exactly_scaled(&[8, channels, 3, 3]);
        let run = |x: &[Tensor]| {
            x[0].conv2d(&weight, None::<&Tensor>, [1, 1], [1, 1], [1, 1], 1)
                .clamp(0., 6.)
        };
        let traced = Traced::new(&[("w", &weight)], &[&x], run);
        let _ = x.narrow(2, 4, 1).narrow(3, 0, 1).fill_(f64::NAN);
        for precision in PRECISIONS {
            let x = x.to_kind(precision.tch());
            let got = traced.program(precision).run_one("run", &[x.into()]).unwrap();
            let seen = got.isnan().sum(Kind::Int64).int64_value(&[]);
            assert_eq!(seen, 8 * 3 * 2, "{channels} channels in {precision:?}");
        }
    }
}

#[test]
fn other_convolutions_are_left_alone() {
    let x = exact(&[1, 4, 12, 12]);
    let weight = exact(&[8, 2, 3, 3]);
    let run = |x: &[Tensor]| x[0].conv2d(&weight, None::<&Tensor>, [3, 3], [0, 0], [1, 1], 2);
    let program = Traced::new(&[("w", &weight)], &[&x], run).program(Precision::F32);
    assert!(!program.graph("run").unwrap().contains("glyxel::"), "in groups");
    let run = |x: &[Tensor]| x[0].conv2d(&x[1], None::<&Tensor>, [1, 1], [0, 0], [1, 1], 2);
    let program = Traced::new(&[], &[&x, &weight], run).program(Precision::F32);
    assert!(
        !program.graph("run").unwrap().contains("glyxel::"),
        "a weight that is an input"
    );
}

#[test]
fn a_picture_without_a_batch_and_pictures_that_do_not_fit() {
    for channels in [3, 16] {
        let (one, weight) = (exact(&[channels, 8, 12]), exactly_scaled(&[6, channels, 4, 4]));
        let run = |x: &[Tensor]| x[0].conv2d(&weight, None::<&Tensor>, [4, 4], [0, 0], [1, 1], 1);
        let program = |x: &Tensor| Traced::new(&[("w", &weight)], &[x], run).program(Precision::F32);
        let got = program(&one).run_one("run", &[one.shallow_clone().into()]).unwrap();
        assert!((got - run(&[one.shallow_clone()])).abs().max().double_value(&[]) < 1e-4);

        let program = program(&one.unsqueeze(0));
        let none = program.run_one("run", &[exact(&[0, channels, 8, 12]).into()]).unwrap();
        assert_eq!(none.size(), [0, 6, 2, 3]);
        for wrong in [
            [1, channels, 3, 12],
            [1, channels - 1, 8, 12],
            [1, channels + 16, 8, 12],
        ] {
            assert!(program.run("run", &[exact(&wrong).into()]).is_err(), "{wrong:?}");
        }
        if available(Precision::F32) {
            let double = exact(&[1, channels, 8, 12]).to_kind(Kind::Double);
            assert!(program.run("run", &[double.into()]).is_err(), "in f64");
        }
    }
}
