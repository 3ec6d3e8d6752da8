//! Layer norms over the last dimension.

use glyxel::torch::Precision;
use tch::Tensor;

use super::support::{available, exact, limit, Traced, PRECISIONS};

const OPERATOR: &str = "glyxel::layer_norm";

#[test]
fn of_every_width() {
    for shape in [
        &[1][..],
        &[3, 1],
        &[2, 3, 15],
        &[7, 16],
        &[2, 5, 17],
        &[300, 384],
        &[3, 1024],
    ] {
        let x = exact(shape) * 3. + 2.;
        let x = x.to_kind(tch::Kind::BFloat16).to_kind(tch::Kind::Float);
        let width = *shape.last().unwrap();
        let (weight, bias) = (exact(&[width]), exact(&[width]));
        let run = |x: &[Tensor]| x[0].layer_norm([width], Some(&weight), Some(&bias), 1e-5, false);
        let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], run);
        for precision in PRECISIONS {
            let off = traced.off(precision, OPERATOR, &[&x], &run(&[x.shallow_clone()]));
            assert!(off < limit(precision), "{shape:?} in {precision:?}: {off}");
        }
    }
}

#[test]
fn numbers_that_are_large_and_nearly_equal_keep_what_sets_them_apart() {
    let x = Tensor::arange(64, (tch::Kind::Float, tch::Device::Cpu)).view([1, 64]) + 1e4;
    let (weight, bias) = (Tensor::ones_like(&x).view([64]), Tensor::zeros_like(&x).view([64]));
    let run = |x: &[Tensor]| x[0].layer_norm([64], Some(&weight), Some(&bias), 1e-5, false);
    let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], run);
    let expected = run(&[x.to_kind(tch::Kind::Double)].map(|x| x - 1e4)[..]
        .iter()
        .map(|x| x.to_kind(tch::Kind::Float))
        .collect::<Vec<_>>());
    let off = traced.off(Precision::F32, OPERATOR, &[&x], &expected);
    assert!(off < 1e-4, "{off}");
}

#[test]
fn without_a_weight_or_a_bias() {
    let (x, weight, bias) = (exact(&[2, 3, 24]), exact(&[24]), exact(&[24]));
    for (weight, bias) in [(None, None), (Some(&weight), None), (None, Some(&bias))] {
        let run = |x: &[Tensor]| x[0].layer_norm([24], weight, bias, 1e-5, false);
        let given = [("w", weight), ("b", bias)];
        let parameters: Vec<_> = given
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)))
            .collect();
        let traced = Traced::new(&parameters, &[&x], run);
        let off = traced.off(Precision::F32, OPERATOR, &[&x], &run(&[x.shallow_clone()]));
        assert!(off < limit(Precision::F32), "{off}");
    }
}

#[test]
fn a_norm_over_two_dimensions_stays_libtorchs() {
    let (x, weight) = (exact(&[2, 3, 8]), exact(&[3, 8]));
    let run = |x: &[Tensor]| x[0].layer_norm([3, 8], Some(&weight), None::<&Tensor>, 1e-5, false);
    let traced = Traced::new(&[("w", &weight)], &[&x], run);
    let program = traced.program(Precision::F32);
    assert!(!program.graph("run").unwrap().contains(OPERATOR));
    let got = program.run_one("run", &[x.shallow_clone().into()]).unwrap();
    assert!((got - run(&[x])).abs().max().double_value(&[]) < 1e-5);
}

#[test]
fn a_row_of_another_width_is_an_error() {
    let (x, weight, bias) = (exact(&[2, 8]), exact(&[8]), exact(&[8]));
    let run = |x: &[Tensor]| x[0].layer_norm([8], Some(&weight), Some(&bias), 1e-5, false);
    let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], run);
    let program = traced.program(Precision::F32);
    assert_eq!(
        program.graph("run").unwrap().contains(OPERATOR),
        available(Precision::F32)
    );
    assert!(program.run("run", &[exact(&[2, 7]).into()]).is_err());
    assert!(program.run("run", &[exact(&[0, 8]).into()]).is_ok());
}
