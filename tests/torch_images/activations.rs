//! Activations fused into the convolutions that they follow.

use tch::{Kind, Tensor};

use super::support::{packs, plain, Weights};

#[test]
fn activations_are_fused_in_place_or_not() {
    let weights = Weights::new(&[&[8, 3, 3, 3]]);
    type Form = (&'static str, fn(&mut Tensor) -> Tensor);
    let forms: &[Form] = &[
        ("relu", |x| x.relu()),
        ("relu", |x| x.relu_()),
        ("relu6", |x| x.relu6()),
        ("relu6", |x| x.relu6_()),
        ("hardtanh", |x| x.clamp(-0.5, 0.25)),
        ("hardtanh", |x| x.hardtanh_()),
        ("silu", |x| x.silu()),
        ("silu", |x| x.silu_()),
        ("hardswish", |x| x.hardswish()),
        ("hardswish", |x| x.hardswish_()),
        ("hardsigmoid", |x| x.hardsigmoid()),
        ("sigmoid", |x| x.sigmoid()),
        ("tanh", |x| x.tanh()),
        ("gelu", |x| x.gelu("none")),
        ("gelu", |x| x.gelu("tanh")),
        ("leaky_relu", |x| x.leaky_relu()),
    ];
    for (name, activate) in forms {
        let forward = |x: &Tensor| activate(&mut plain(x, &weights.0[0]));
        let (packed, _) = weights.check(&forward, [3, 10, 7]);
        if packs() {
            assert!(packed.contains("mkldnn::_convolution_pointwise("), "{name}: {packed}");
            assert!(!packed.contains("aten::"), "{name}: {packed}");
        }
    }
}

#[test]
fn activations_that_are_not_alone_or_not_constant_stay() {
    let weights = Weights::new(&[&[8, 3, 3, 3], &[8, 3, 1, 1]]);
    let shared = |x: &Tensor| {
        let x = plain(x, &weights.0[0]);
        x.relu() * x
    };
    let (graph, _) = weights.check(&shared, [3, 6, 6]);
    assert!(graph.contains("aten::relu"), "{graph}");
    // A weight that hangs on the picture.
    let dynamic = |x: &Tensor| plain(x, &(&weights.0[1] * x.mean(Kind::Float).to_kind(x.kind()))).relu();
    let (graph, _) = weights.check(&dynamic, [3, 6, 6]);
    assert!(graph.contains("conv") && graph.contains("aten::relu"), "{graph}");
}
