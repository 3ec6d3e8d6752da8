//! Attention that a graph writes out, of inputs that our kernel is made for and of others: the same as it stood there.

use glyxel::torch::{Precision, Program};
use tch::{Kind, Tensor};

use super::processor::packs;
use super::support::{exact, limit_of_lines, off, random, run, Traced};

/// Of q, keys, v and a mask of any sizes.
fn written_out(x: &[Tensor]) -> Tensor {
    let scores = x[0].matmul(&x[1]) * 0.3 + &x[3];
    scores.softmax(-1, None::<Kind>).matmul(&x[2])
}

fn program(precision: Precision) -> Program {
    let x = exact(&[1, 1, 2, 2]);
    let program = Traced::new(&[], &[&x, &x, &x, &x], written_out).program(precision);
    let operators = program.operators("run").unwrap();
    assert_eq!(operators.contains_key("glyxel::attention"), packs(), "{operators:?}");
    program
}

/// Of q, keys, v and the mask.
const SIZES: &[[&[i64]; 4]] = &[
    // What the kernel is for.
    [&[2, 3, 7, 8], &[2, 3, 8, 9], &[2, 3, 9, 4], &[2, 1, 1, 9]],
    [&[2, 3, 7, 8], &[2, 3, 8, 9], &[2, 3, 9, 4], &[]],
    [&[2, 3, 7, 8], &[2, 3, 8, 9], &[2, 3, 9, 4], &[7, 1]],
    [&[6, 7, 8], &[6, 8, 9], &[6, 9, 8], &[6, 7, 9]],
    [&[2, 4, 3, 7, 8], &[2, 4, 3, 8, 7], &[2, 4, 3, 7, 8], &[1, 4, 1, 7, 7]],
    // A width that bf16 cannot pair.
    [&[2, 3, 7, 5], &[2, 3, 5, 7], &[2, 3, 7, 5], &[7]],
    // One dimension, two, six.
    [&[2, 3, 7, 8], &[8], &[7, 5], &[7]],
    [&[8], &[2, 3, 8, 7], &[2, 7, 5], &[7]],
    [&[2, 3, 7, 8], &[2, 3, 8, 7], &[7], &[7]],
    [&[8], &[8, 7], &[7], &[7]],
    [&[8], &[8, 7], &[7, 2], &[2, 1, 7]],
    [&[7, 8], &[8, 9], &[9, 4], &[7, 9]],
    [&[1, 2, 2, 3, 5, 8], &[1, 2, 2, 3, 8, 5], &[1, 2, 2, 3, 5, 8], &[5]],
    // Products that spread one operand over the other.
    [&[2, 3, 7, 8], &[1, 3, 8, 7], &[2, 3, 7, 8], &[7]],
    [&[2, 3, 7, 8], &[2, 1, 8, 7], &[2, 1, 7, 8], &[7]],
    [&[2, 3, 7, 8], &[3, 8, 7], &[7, 8], &[2, 1, 1, 7]],
    [&[3, 7, 8], &[2, 3, 8, 7], &[2, 3, 7, 8], &[7]],
    [&[1, 3, 7, 8], &[1, 3, 8, 7], &[2, 3, 7, 8], &[7]],
    // Masks that make more of the scores.
    [&[1, 3, 7, 8], &[1, 3, 8, 7], &[1, 3, 7, 8], &[4, 1, 1, 7]],
    [&[2, 1, 7, 8], &[2, 1, 8, 7], &[2, 1, 7, 8], &[1, 5, 1, 1]],
    [&[2, 3, 1, 8], &[2, 3, 8, 7], &[2, 3, 7, 8], &[6, 7]],
    [&[2, 3, 7, 8], &[2, 3, 8, 1], &[2, 3, 5, 8], &[7, 5]],
    [&[2, 3, 7, 8], &[2, 3, 8, 7], &[2, 3, 7, 8], &[4, 1, 1, 1, 7]],
    [&[3, 7, 8], &[3, 8, 7], &[3, 7, 8], &[2, 1, 7, 7]],
    // Nothing.
    [&[2, 3, 0, 8], &[2, 3, 8, 7], &[2, 3, 7, 8], &[7]],
    [&[2, 3, 7, 8], &[2, 3, 8, 0], &[2, 3, 0, 8], &[1]],
    [&[0, 3, 7, 8], &[0, 3, 8, 7], &[0, 3, 7, 8], &[7]],
    [&[2, 3, 7, 0], &[2, 3, 0, 7], &[2, 3, 7, 8], &[7]],
];

#[test]
fn sizes_of_every_kind() {
    for precision in [Precision::F32, Precision::Bf16, Precision::F16] {
        let program = program(precision);
        for sizes in SIZES {
            let x = sizes.map(exact);
            let expected = written_out(&x);
            let got = run(&program, precision.tch(), &x.each_ref());
            assert_eq!(got.size(), expected.size(), "{sizes:?}");
            let off = off(&got, &expected);
            assert!(off < limit_of_lines(precision), "{sizes:?} in {precision:?}: {off}");
        }
    }
}

#[test]
fn sizes_that_fit_nothing_are_an_error() {
    let program = program(Precision::F32);
    for sizes in [
        [&[2, 3, 7, 8][..], &[2, 3, 9, 7], &[2, 3, 7, 8], &[7]],
        [&[2, 3, 7, 8], &[2, 3, 8, 7], &[2, 3, 8, 7], &[7]],
        [&[2, 3, 7, 8], &[2, 3, 8, 7], &[2, 3, 7, 8], &[6]],
        [&[2, 3, 7, 8], &[5, 3, 8, 7], &[5, 3, 7, 8], &[7]],
    ] {
        let x = sizes.map(|sizes| exact(sizes).into());
        let error = program.run_one("run", &x).unwrap_err().to_string();
        assert!(error.contains("size"), "{sizes:?}: {error}");
    }
}

#[test]
fn each_has_lines_of_its_own() {
    let both = |x: &[Tensor]| {
        let once = written_out(x);
        let scores = x[1].transpose(-2, -1).matmul(&x[0].transpose(-2, -1)) / 5. + x[3].transpose(-2, -1);
        once.transpose(-2, -1)
            .matmul(&scores.softmax(-1, None::<Kind>).matmul(&x[0]))
    };
    // What the kernel is for, and what it is not for.
    let fits = [[2, 3, 7, 8], [2, 3, 8, 7], [2, 3, 7, 8], [2, 3, 7, 7]].map(|sizes| exact(&sizes));
    let others = [[2, 3, 7, 8], [1, 3, 8, 7], [2, 1, 7, 8], [1, 3, 7, 7]].map(|sizes| exact(&sizes));
    let program = Traced::new(&[], &fits.each_ref(), both).program(Precision::F32);
    let found = program.operators("run").unwrap().get("glyxel::attention").copied();
    assert_eq!(found, packs().then_some(2));
    for x in [fits, others] {
        let off = off(&run(&program, Kind::Float, &x.each_ref()), &both(&x));
        assert!(off < 2. * limit_of_lines(Precision::F32), "{off}");
    }
}

#[test]
fn of_constants_alone() {
    let x = [[2, 3, 7, 8], [2, 3, 8, 7], [2, 3, 7, 8], [2, 1, 1, 7]].map(|sizes| exact(&sizes));
    let parameters = [("q", &x[0]), ("k", &x[1]), ("v", &x[2]), ("m", &x[3])];
    let sum = |given: &[Tensor]| written_out(&x) + &given[0];
    let given = exact(&[8]);
    let program = Traced::new(&parameters, &[&given], sum).program(Precision::F32);
    let off = off(&run(&program, Kind::Float, &[&given]), &sum(&[given.shallow_clone()]));
    assert!(off < limit_of_lines(Precision::F32), "{off}");
}

#[test]
fn precisions_of_every_kind() {
    let program = program(Precision::F32);
    let kinds = [Kind::Float, Kind::BFloat16];
    // What the kernel is for, and what it is not for.
    for sizes in [SIZES[0], SIZES[3], SIZES[15], SIZES[18]] {
        let x = sizes.map(exact);
        let expected = written_out(&x);
        for which in 0..16 {
            let of: [Kind; 4] = std::array::from_fn(|i| kinds[which >> i & 1]);
            let cast: [Tensor; 4] = std::array::from_fn(|i| x[i].to_kind(of[i]));
            let got = program.run_one("run", &cast.map(Into::into));
            // Without the operator libtorch multiplies nothing of two precisions.
            if !packs() {
                continue;
            }
            let got = got.unwrap();
            assert_eq!(got.kind(), of[2], "{of:?}");
            let off = off(&got, &expected);
            let precision = if which == 0 { Precision::F32 } else { Precision::Bf16 };
            assert!(off < limit_of_lines(precision), "{sizes:?} in {of:?}: {off}");
        }
    }
}

#[test]
fn masks_of_every_kind() {
    let program = program(Precision::F32);
    let [q, keys, v] = [[2, 3, 7, 8], [2, 3, 8, 9], [2, 3, 9, 4]].map(|sizes| exact(&sizes));
    let mask = random(&[2, 1, 7, 9]) * 3.;
    for kind in [
        Kind::Bool,
        Kind::Uint8,
        Kind::Int,
        Kind::Int64,
        Kind::Half,
        Kind::BFloat16,
    ] {
        let mask = mask.abs().to_kind(kind);
        let x = [&q, &keys, &v, &mask].map(Tensor::shallow_clone);
        let got = program
            .run_one("run", &x.each_ref().map(|x| x.shallow_clone().into()))
            .unwrap();
        let off = off(&got, &written_out(&x));
        assert!(off < limit_of_lines(Precision::F32), "{kind:?}: {off}");
    }
}

#[test]
fn what_is_not_a_number_stays_none() {
    let program = program(Precision::F32);
    let of = |at: usize, value: f64| {
        let x = [[2, 3, 7, 8], [2, 3, 8, 9], [2, 3, 9, 4], [2, 3, 7, 9]].map(|sizes| exact(&sizes));
        // A row of q, a row of keys, a row of values, or all that a query may see.
        let _ = x[at].get(1).get(1).get(2).fill_(value);
        x
    };
    for (at, value) in [
        (0, f64::NAN),
        (1, f64::NAN),
        (2, f64::NAN),
        (3, f64::NAN),
        (3, f64::NEG_INFINITY),
        (3, f64::INFINITY),
        (3, -3e38),
    ] {
        let x = of(at, value);
        let (got, expected) = (run(&program, Kind::Float, &x.each_ref()), written_out(&x));
        assert!(got.isnan().equal(&expected.isnan()), "{at} {value}: {got} {expected}");
        let off = off(&got.nan_to_num(0., None, None), &expected.nan_to_num(0., None, None));
        assert!(off < limit_of_lines(Precision::F32), "{at} {value}: {off}");
    }
}
