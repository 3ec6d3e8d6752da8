//! Prepacked weights, and the memory that pictures are kept in.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::support::{convolve, onednn, packs, plain, random, Forward, Weights};

#[test]
fn methods_share_what_is_made_of_a_weight() {
    let weights = Weights::new(&[&[8, 3, 3, 3], &[5, 8]]).with_norm(8);
    let w = &weights.0;
    let embed = |x: &Tensor| {
        let x = weights.norm(&plain(x, &w[0]), false).relu();
        x.adaptive_avg_pool2d([1, 1]).flatten(1, -1)
    };
    let classify = |x: &Tensor| embed(x).linear(&w[1], None::<Tensor>);
    let methods: [(&str, Forward); 2] = [("embed", &embed), ("classify", &classify)];
    let names = ["embed", "classify"];
    let program = onednn(weights.module(&methods, &random(&[2, 3, 8, 8])), &names);
    let x = random(&[3, 3, 11, 8]);
    for (name, forward) in methods {
        let got = program.run_one(name, &[x.shallow_clone().into()]).unwrap();
        assert!((got - forward(&x)).abs().max().double_value(&[]) < 1e-5);
    }
    let graphs = names.map(|name| program.graph(name).unwrap());
    // One packed convolution for both and one packed linear: there is no third attribute.
    if packs() {
        let all = graphs.concat();
        assert!(graphs.iter().all(|graph| graph.contains("packed_0")), "{all}");
        assert!(all.contains("packed_1") && !all.contains("packed_2"), "{all}");
    }
}

#[test]
fn pictures_stay_in_channels_last_memory() {
    let weights = Weights::new(&[&[16, 3, 3, 3], &[16, 16, 3, 3]]);
    let w = &weights.0;
    let forward = |x: &Tensor| {
        // TensorFlow's SAME padding stands before the convolution.
        let x = convolve(&x.constant_pad_nd([0, 1, 0, 1]), &w[0], None, 2, 1).relu();
        let x = Tensor::cat(
            &[plain(&x, &w[1]), x.max_pool2d([3, 3], [1, 1], [1, 1], [1, 1], false)],
            1,
        );
        x.avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None::<i64>)
    };
    let (graph, _) = weights.check(&forward, [3, 16, 16]);
    if packs() {
        let program = onednn(
            weights.module(&[("embed", &forward)], &random(&[2, 3, 16, 16])),
            &["embed"],
        );
        let out = program.run_one("embed", &[random(&[2, 3, 16, 16]).into()]).unwrap();
        assert!(out.permute([0, 2, 3, 1]).is_contiguous(), "{graph}");
    }
}

/// Each of nine equal values would lose 0.4 of the last bit, and all nine together 3.6.
#[test]
fn in_bf16_a_kernel_keeps_its_sum() {
    let last_bit = 2f64.powi(-7); // of bf16 from 1 to 2
    let full = |shape: &[i64], value| Tensor::full(shape, value, (Kind::Float, tch::Device::Cpu));
    let mut weights = Weights::new(&[]);
    weights.0 = vec![full(&[1, 1, 3, 3], 1. + 0.4 * last_bit), full(&[1], -9.)];
    let forward = |x: &Tensor| x.conv2d(&weights.0[0], Some(&weights.0[1]), [1, 1], [0, 0], [1, 1], 1);
    let x = full(&[2, 1, 3, 3], 1.);
    let mut module = weights.module(&[("embed", &forward)], &x);
    module.cast(Precision::Bf16).unwrap();
    let program = onednn(module, &["embed"]);
    let got = program.run_one("embed", &[x.to_kind(Kind::BFloat16).into()]).unwrap();
    let off = (got.to_kind(Kind::Float) - 3.6 * last_bit)
        .abs()
        .max()
        .double_value(&[]);
    assert!(off < 0.6 * last_bit, "off by {off}");
}
