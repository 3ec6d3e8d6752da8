//! What is wrong about the programs of a family, if anything is.

use std::collections::{BTreeMap, BTreeSet};

use glyxel::torch::{Device, Precision};
use tch::Tensor;

use super::bundles::Bundle;
use super::families::Family;
use super::processor::{available, onednn_packs, packs};
use super::programs::Programs;

/// All rewrites that can be left out, and the operators of libtorch's that each is to leave nothing of.
pub const REWRITES: [(&str, &[&str]); 14] = [
    ("remove_mutation", &[]),
    ("fold_batch_norm", &["aten::batch_norm"]),
    ("remove_empty_parts", &[]),
    ("align_precisions", &[]),
    ("written_out_activation", &[]),
    ("merge_linears", &[]),
    // The sigmoid is that of quick_gelu, and of what squeezes and excites.
    ("prepack_linear", &["aten::linear", "aten::sigmoid"]),
    ("own_attention", &["aten::scaled_dot_product_attention"]),
    ("written_out_attention", &["aten::softmax"]),
    ("own_layer_norm", &["aten::layer_norm"]),
    ("own_rms_norm", &["aten::rsqrt", "aten::rms_norm"]),
    ("own_rotary", &[]),
    ("own_convolution", &["aten::constant_pad_nd"]),
    ("prepack_convolution", &["aten::_convolution", "aten::conv2d"]),
];

/// The precision in which weights are that are no product's.
fn kept_in(precision: Precision) -> Precision {
    match precision.tch() {
        tch::Kind::BFloat16 => Precision::Bf16,
        _ => Precision::F32,
    }
}

/// Whether a rewrite is for this processor: without AVX2 nothing is packed.
fn is_for_this_processor(rewrite: &str, precision: Precision) -> bool {
    match rewrite {
        "prepack_linear" | "own_attention" | "written_out_attention" => packs(),
        "prepack_convolution" => onednn_packs(kept_in(precision)),
        "own_layer_norm" | "own_rms_norm" | "own_rotary" | "own_convolution" => {
            packs() && available(kept_in(precision))
        }
        _ => true,
    }
}

/// The rewrites that should fire.
fn expected(family: &Family, precision: Precision) -> BTreeSet<&str> {
    let cast: &[&str] = match kept_in(precision) {
        Precision::F32 => &[],
        _ => family.cast,
    };
    let all = family.fires.iter().chain(cast).copied();
    all.map(|rewrite| match rewrite {
        // What is not done by kernels of our own is left to oneDNN's.
        "own_convolution" if !is_for_this_processor(rewrite, precision) => "prepack_convolution",
        rewrite => rewrite,
    })
    .filter(|rewrite| is_for_this_processor(rewrite, precision))
    .collect()
}

/// The operators of libtorch's that a rewrite is for.
fn not_to_stay(precision: Precision) -> impl Iterator<Item = &'static str> {
    let of = REWRITES
        .iter()
        .filter(move |(rewrite, _)| is_for_this_processor(rewrite, precision));
    of.flat_map(|(_, operators)| operators.iter().copied())
}

/// The largest difference of any method's result, as a part of the largest value.
fn difference(got: &Results, expected: &Results) -> f64 {
    let far = |(name, got): (&&str, &Tensor)| {
        let largest = expected[name].abs().max().double_value(&[]);
        (got - &expected[name]).abs().max().double_value(&[]) / largest
    };
    got.iter().map(far).fold(0., worse(f64::max))
}

/// The smallest cosine of any vector of any method's result. Logits are one vector all together: of a row of three, one that
/// is near zero would tell more of rounding than of a rewrite.
fn cosine(got: &Results, expected: &Results) -> f64 {
    let of = |(name, got): (&&str, &Tensor)| {
        let vectors = |x: &Tensor| match name.starts_with("classify") {
            true => x.flatten(0, -1),
            false => x.shallow_clone(),
        };
        let cosines = Tensor::cosine_similarity(&vectors(got), &vectors(&expected[name]), -1, 1e-12);
        cosines.min().double_value(&[])
    };
    got.iter().map(of).fold(1., worse(f64::min))
}

/// What is not a number is worse than any.
fn worse(of: fn(f64, f64) -> f64) -> impl Fn(f64, f64) -> f64 {
    move |a, b| match a.is_nan() || b.is_nan() {
        true => f64::NAN,
        false => of(a, b),
    }
}

type Results<'a> = BTreeMap<&'a str, Tensor>;

/// How far f32 may be off. Folding a batch norm rounds each weight once more, and MobileNetV2 has 52 of them in a row.
fn limit(family: &Family) -> f64 {
    match family.fires.contains(&"fold_batch_norm") {
        true => 2e-5,
        false => 1e-5,
    }
}

/// Of results against those without one rewrite, which may be such as cannot be run; `stock`: those in f32 without any.
fn harm(precision: Precision, limit: f64, got: &Results, without: Option<&Results>, stock: &Results) -> Option<String> {
    let lost = |results: &Results| 1. - cosine(results, stock);
    match precision {
        Precision::F32 => {
            let far = worse(f64::max)(
                difference(got, stock),
                without.map_or(0., |without| difference(got, without)),
            );
            let holds = far <= limit;
            (!holds).then(|| format!("differs by {far:e}"))
        }
        Precision::Int8 => {
            let lost = lost(got);
            let holds = lost <= 0.01;
            (!holds).then(|| format!("loses {lost} of the cosine"))
        }
        _ => {
            // A deep network of random weights loses some thousandths in bf16, and now more, now less with any other order of sums.
            let (now, before) = (lost(got), without.map_or(f64::NAN, lost));
            let holds = now <= 0.001 || now <= 0.0005 + 1.5 * before;
            (!holds).then(|| format!("loses {now} of the cosine, without it {before}"))
        }
    }
}

/// What a family is tried in: int8 is for linear layers; and half a gigabyte of VGG, whose layers others have too, is tried once.
fn precisions(family: &Family, bundle: &Bundle) -> Vec<Precision> {
    let mut all = vec![Precision::F32];
    if std::fs::metadata(&bundle.path).unwrap().len() > 1 << 28 {
        return all;
    }
    all.push(Precision::Bf16);
    if family.fires.contains(&"prepack_linear") {
        all.extend(Precision::parse("int8", Device::Cpu).ok());
    }
    all
}

/// `given`: rewrites that are left out of all.
pub fn faults(family: &Family, bundle: &Bundle, given: &str) -> Vec<String> {
    let known = |name: &str| REWRITES.iter().any(|(_, operators)| operators.contains(&name));
    assert!(family.stock.iter().all(|(name, _)| known(name)), "{}", family.source);
    let programs = Programs::of(bundle);
    let names = REWRITES.map(|(name, _)| name);
    let stock = programs.without(&names, given, Precision::F32);
    let stock = programs.results(&stock, Precision::F32).unwrap();
    let mut faults = Vec::new();
    for precision in precisions(family, bundle) {
        let mut fault = |what: String| faults.push(format!("{} in {precision}: {what}", family.source));
        let all = programs.without(&[], given, precision);
        let operators = programs.operators(&all);
        let Some(results) = programs.results(&all, precision) else {
            fault("cannot be run".into());
            continue;
        };
        let mut fires = BTreeSet::new();
        for rewrite in names {
            let without = programs.without(&[rewrite], given, precision);
            if programs.operators(&without) == operators {
                continue;
            }
            fires.insert(rewrite);
            let without = programs.results(&without, precision);
            if let Some(harm) = harm(precision, limit(family), &results, without.as_ref(), &stock) {
                fault(format!("{rewrite}: {harm}"));
            }
        }
        let expected = expected(family, precision);
        if fires != expected {
            fault(format!("{fires:?} fire, not {expected:?}"));
        }
        let there = |operator: &&str| operators.values().any(|of| of.contains_key(*operator));
        let stayed: BTreeSet<&str> = not_to_stay(precision).filter(there).collect();
        let is_listed = |operator: &&str| family.stock.iter().any(|(listed, _)| listed == operator);
        let listed: BTreeSet<&str> = not_to_stay(precision).filter(is_listed).collect();
        if stayed != listed {
            fault(format!("{stayed:?} of libtorch's stayed, not {listed:?}"));
        }
    }
    faults
}
