//! `fold_batch_norm.cpp`.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{convolve, onednn, onednn_packs, packs, plain, random, Weights};

#[test]
fn batch_norms_are_folded_into_the_convolutions_before_them() {
    // Square, oblong, grouped and for each channel alone.
    for (kernel, groups) in [([3, 3], 1), ([1, 5], 1), ([3, 3], 4), ([5, 3], 8)] {
        for biased in [false, true] {
            let weights = Weights::new(&[&[8, 8 / groups, kernel[0], kernel[1]], &[8, 1]]).with_norm(8);
            let bias = weights.0[1].flatten(0, -1);
            let bias = biased.then_some(&bias);
            let forward = |x: &Tensor| weights.norm(&convolve(x, &weights.0[0], bias, 2, groups), false);
            let (packed, plain) = weights.check(&forward, [8, 9, 12]);
            for graph in [&packed, &plain] {
                assert!(!graph.contains("aten::batch_norm"), "{graph}");
            }
            assert_eq!(packs(), packed.contains("mkldnn::_convolution_pointwise("), "{packed}");
            assert!(!plain.contains("mkldnn::"), "{plain}");
        }
    }
}

/// 100.3 would be 100.5 in bf16.
#[test]
fn in_bf16_a_folded_bias_is_not_rounded() {
    let one = |value: f64| Tensor::full([1], value, (Kind::Float, tch::Device::Cpu));
    let norm = [one(2.), one(0.), one(50.15), one(1. - 1e-3)];
    let mut weights = Weights::new(&[]);
    weights.0 = vec![one(50.).reshape([1, 1, 1, 1])];
    weights.0.extend(norm);
    let forward = |x: &Tensor| weights.norm(&plain(x, &weights.0[0]), false);
    let x = Tensor::ones([2, 1, 4, 4], (Kind::Float, tch::Device::Cpu));
    let mut module = weights.module(&[("embed", &forward)], &x);
    module.cast(Precision::Bf16).unwrap();
    let program = onednn(module, &["embed"]);
    let got = program.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
    let off = (got.to_kind(Kind::Float) + 0.3).abs().max().double_value(&[]);
    // The stock kernel takes no bias in f32.
    let most = if onednn_packs(Precision::Bf16) { 2e-3 } else { 0.25 };
    assert!(off < most, "off by {off}: {}", program.graph("embed").unwrap());
}

#[test]
fn batch_norms_that_do_more_than_scale_one_convolution_stay() {
    let weights = Weights::new(&[&[8, 3, 3, 3]]).with_norm(8);
    let training = |x: &Tensor| weights.norm(&plain(x, &weights.0[0]), true);
    // Its statistics move, so the network is its own reference only once: no comparison.
    let module = weights.module(&[("embed", &training)], &random(&[2, 3, 6, 6]));
    let graph = onednn(module, &["embed"]).graph("embed").unwrap();
    assert!(graph.contains("aten::batch_norm"), "{graph}");

    let twice = |x: &Tensor| {
        let x = plain(x, &weights.0[0]);
        weights.norm(&x, false) + x.tanh()
    };
    let (graph, _) = weights.check(&twice, [3, 6, 6]);
    assert!(
        graph.contains("aten::batch_norm") && graph.contains("aten::tanh"),
        "{graph}"
    );
}
