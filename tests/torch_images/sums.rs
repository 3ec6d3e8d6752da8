//! Residual sums fused into the convolutions that they follow.

use tch::{Kind, Tensor};

use super::support::{convolve, packs, plain, Weights};

/// A network of every part that residual networks have.
fn residual(weights: &Weights, x: &Tensor) -> Tensor {
    let w = &weights.0;
    let stem = convolve(x, &w[0], None, 2, 1)
        .relu_()
        .max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false);
    // A bottleneck, and the same with a stride and a projection.
    let x = plain(&plain(&plain(&stem, &w[1]).relu(), &w[2]).relu(), &w[3]);
    let x = (x + &stem).relu();
    let shortcut = convolve(&x, &w[4], None, 2, 1);
    let x = (convolve(&plain(&x, &w[1]).relu(), &w[5], None, 2, 1) + shortcut).relu_();
    // Inverted, with squeeze and excitation and no activation at the end; twice, the second sum in place.
    let inverted = |x: &Tensor| {
        let inner = convolve(&plain(x, &w[6]).silu_(), &w[7], None, 1, 32).silu();
        let gate = inner.mean_dim([2_i64, 3].as_slice(), true, None::<Kind>);
        let gate = plain(&plain(&gate, &w[8]).silu(), &w[9]).sigmoid();
        plain(&(inner * gate), &w[10])
    };
    let x = inverted(&x) + &x;
    let mut y = inverted(&x);
    let y = y.g_add_(&x);
    y.adaptive_avg_pool2d([1, 1]).flatten(1, -1)
}

fn residual_weights() -> Weights {
    Weights::new(&[
        &[16, 3, 7, 7],
        &[8, 16, 1, 1],
        &[8, 8, 3, 3],
        &[16, 8, 1, 1],
        &[16, 16, 1, 1],
        &[16, 8, 3, 3],
        &[32, 16, 1, 1],
        &[32, 1, 5, 5],
        &[4, 32, 1, 1],
        &[32, 4, 1, 1],
        &[16, 32, 1, 1],
    ])
}

#[test]
fn residual_sums_are_fused() {
    let weights = residual_weights();
    for side in [64, 45] {
        let (packed, _) = weights.check(&|x| residual(&weights, x), [3, side, side]);
        if packs() {
            assert!(
                !packed.contains("aten::add") && !packed.contains("aten::relu"),
                "{packed}"
            );
            assert_eq!(
                packed.matches("mkldnn::_convolution_pointwise_(").count(),
                4,
                "{packed}"
            );
        }
    }
}

#[test]
fn sums_that_the_fused_operator_can_not_do_stay_right() {
    let weights = Weights::new(&[&[8, 8, 3, 3], &[8, 8, 1, 1], &[1, 8, 6, 7]]);
    let w = &weights.0;
    type Sum<'a> = (&'a str, &'a dyn Fn(&Tensor) -> Tensor);
    let sums: &[Sum] = &[
        ("a number for each channel", &|x| {
            plain(x, &w[0]) + x.mean_dim([2_i64, 3].as_slice(), true, None::<Kind>)
        }),
        ("channels beside one", &|x| {
            plain(x, &w[0].narrow(0, 0, 1)) + plain(x, &w[1])
        }),
        ("a constant for all pictures", &|x| plain(x, &w[0]) + &w[2]),
        ("the graph's input", &|x| (x + plain(x, &w[0])).relu()),
        ("twice itself", &|x| {
            let x = plain(x, &w[0]);
            &x + &x
        }),
        ("a difference", &|x| plain(x, &w[0]) - plain(x, &w[1])),
        ("a size that differs", &|x| {
            convolve(x, &w[0], None, 7, 1) + plain(x, &w[1])
        }),
        ("another activation", &|x| (plain(x, &w[0]) + plain(x, &w[1])).silu()),
    ];
    for (name, sum) in sums {
        println!("{name}");
        weights.check(sum, [8, 6, 7]);
    }
}

#[test]
fn a_sum_is_written_over_an_operand_only_if_nobody_reads_it_again() {
    let weights = Weights::new(&[&[8, 8, 3, 3], &[8, 8, 1, 1]]);
    let w = &weights.0;
    let written = "mkldnn::_convolution_pointwise_(";
    type Case<'a> = (bool, &'a dyn Fn(&Tensor) -> Tensor);
    let cases: &[Case] = &[
        (true, &|x| {
            let x = plain(x, &w[1]).relu();
            plain(&plain(&x, &w[0]).relu(), &w[1]) + x
        }),
        // Read afterwards, by itself and under another name.
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            let y = (plain(&plain(&x, &w[0]).relu(), &w[1]) + &x).tanh();
            y * x
        }),
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            let view = x.flatten(2, 3);
            let y = (plain(&plain(&x, &w[0]).relu(), &w[1]) + &x).tanh();
            y.flatten(2, 3) * view
        }),
        // Read by the very convolution.
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            plain(&x, &w[0]) + x
        }),
        // Read by a convolution that stands earlier but moves down to a later sum.
        (false, &|x| {
            let x = plain(x, &w[1]).relu();
            let late = plain(&x, &w[0]);
            let y = (plain(&plain(&x, &w[0]).relu(), &w[1]) + &x).relu();
            late + plain(&y, &w[1]).relu()
        }),
    ];
    for (i, (expected, forward)) in cases.iter().enumerate() {
        let (graph, _) = weights.check(forward, [8, 6, 7]);
        if packs() && i < 4 {
            assert_eq!(graph.contains(written), *expected, "{graph}");
        }
        assert!(!packs() || graph.contains("mkldnn::_convolution_pointwise"), "{graph}");
    }
    // Written to between the convolution, which would move, and the sum.
    let between = |x: &Tensor| {
        let mut x = plain(x, &w[1]).relu();
        let y = plain(&x, &w[0]);
        let _ = x.g_add_scalar_(1.);
        y + x
    };
    weights.check(&between, [8, 6, 7]);
}
