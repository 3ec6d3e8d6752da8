//! Texts that are not all as long, in one batch: each has the bits that it has alone, and what fills its row up is 0, whatever stands there before.

use glyxel::torch::{Padding, Precision};
use tch::Tensor;

use super::support::{available, exact, Traced, PRECISIONS};

const LENGTHS: [i64; 4] = [9, 1, 4, 8];

/// Runs them together, and each alone. `x`: (texts, tokens, values).
fn alone_and_together(traced: &Traced, lengths: &[i64], x: &Tensor, precision: Precision) {
    let program = traced.program(precision);
    let run = |x: Tensor| program.run_one("run", &[x.to_kind(precision.tch()).into()]).unwrap();
    let together = {
        let _padding = Padding::begin(lengths, x.size()[1] as usize).unwrap();
        run(x.shallow_clone())
    };
    for (text, length) in lengths.iter().copied().enumerate() {
        let row = together.get(text as i64);
        let alone = run(x.get(text as i64).narrow(0, 0, length).unsqueeze(0)).squeeze_dim(0);
        assert!(row.narrow(0, 0, length).equal(&alone), "text {text} in {precision:?}");
        let rest = row.narrow(0, length, x.size()[1] - length);
        assert!(
            rest.equal(&rest.zeros_like()),
            "behind text {text} in {precision:?}: {rest:?}"
        );
    }
    // It is over: all of it is computed.
    assert!(bool::try_from(run(x.shallow_clone()).ne(0.).any()).unwrap());
}

/// Numbers whose padding would spoil what it touched.
fn texts_of(lengths: &[i64], values: i64) -> Tensor {
    let longest = lengths.iter().copied().max().unwrap();
    let x = exact(&[lengths.len() as i64, longest, values]);
    for (text, length) in lengths.iter().copied().enumerate() {
        let _ = x.get(text as i64).narrow(0, length, longest - length).fill_(f64::NAN);
    }
    x
}

#[test]
fn linear_layers_and_their_residual() {
    let (weight, bias) = (exact(&[64, 64]) / 8., exact(&[64]));
    let x = texts_of(&LENGTHS, 64);
    let run = |x: &[Tensor]| x[0].linear(&weight, Some(&bias)).gelu("none") + &x[0];
    let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], run);
    for precision in PRECISIONS
        .into_iter()
        .chain([Precision::Int8])
        .filter(|p| available(*p))
    {
        alone_and_together(&traced, &LENGTHS, &x, precision);
    }
}

#[test]
fn layer_norms() {
    let x = texts_of(&LENGTHS, 48);
    let (weight, bias) = (exact(&[48]), exact(&[48]));
    let run = |x: &[Tensor]| x[0].layer_norm([48], Some(&weight), Some(&bias), 1e-5, false);
    let traced = Traced::new(&[("w", &weight), ("b", &bias)], &[&x], run);
    for precision in PRECISIONS.into_iter().filter(|p| available(*p)) {
        alone_and_together(&traced, &LENGTHS, &x, precision);
    }
}

#[test]
fn attention() {
    // Within one panel of keys and one block of queries, and beyond both.
    for lengths in [LENGTHS, [130, 1, 49, 64]] {
        let x = texts_of(&lengths, 96);
        for masked in [false, true] {
            let run = |x: &[Tensor]| {
                let part = |i: i64| x[0].narrow(2, 32 * i, 32).unflatten(-1, [2, 16]).transpose(1, 2);
                let seen = x[0].select(2, 0).gt(-0.5).unsqueeze(1).unsqueeze(1);
                let mask = masked.then_some(&seen);
                let y =
                    Tensor::scaled_dot_product_attention(&part(0), &part(1), &part(2), mask, 0., false, None, false);
                y.transpose(1, 2).flatten(2, 3)
            };
            let traced = Traced::new(&[], &[&x], run);
            for precision in PRECISIONS.into_iter().filter(|p| available(*p)) {
                alone_and_together(&traced, &lengths, &x, precision);
            }
        }
    }
}

#[test]
fn what_is_no_batch_of_these_texts_is_computed_whole() {
    let weight = exact(&[16, 8]);
    let run = |x: &[Tensor]| x[0].linear(&weight, None::<Tensor>);
    let traced = Traced::new(&[("w", &weight)], &[&exact(&[4, 9, 8])], run);
    let program = traced.program(Precision::F32);
    for sizes in [&[4, 8, 8][..], &[9, 4, 8], &[4, 8], &[36, 8], &[1, 4, 9, 8]] {
        let x = exact(sizes);
        let _padding = Padding::begin(&LENGTHS, 9).unwrap();
        let y = program.run_one("run", &[x.shallow_clone().into()]).unwrap();
        let off = (y - x.linear(&weight, None::<Tensor>)).abs().max().double_value(&[]);
        assert!(off < 1e-4, "{sizes:?}: {off}");
    }
}

#[test]
fn lengths_that_cannot_be_are_errors() {
    for (lengths, length) in [
        (&[0][..], 3),
        (&[4], 3),
        (&[-1], 3),
        (&[], 0),
        (&[i64::MAX], usize::MAX),
    ] {
        assert!(Padding::begin(lengths, length).is_err(), "{lengths:?} in {length}");
    }
}
