//! Attention of every shape and mask.

use glyxel::torch::Precision;
use tch::{Kind, Tensor};

use super::processor::packs;
use super::support::{exact, limit, random, Traced, PRECISIONS};

#[test]
fn attention_of_every_shape_and_mask() {
    let attend = |q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>, scale: Option<f64>| {
        Tensor::scaled_dot_product_attention(q, k, v, mask, 0., false, scale, false)
    };
    // Batch, heads, queries, keys, width.
    for [batch, heads, queries, keys, width] in [
        [1, 1, 1, 1, 2],
        [2, 3, 7, 7, 8],
        [3, 2, 16, 16, 32],
        [2, 2, 65, 65, 64],
        [1, 2, 49, 130, 80],
        [2, 4, 1, 33, 16],
    ] {
        // As one layer's result is cut into them, and in an order of its own.
        let whole = exact(&[batch, queries.max(keys), 3 * heads * width]);
        let part = |i: i64, tokens: i64| {
            let part = whole.narrow(2, i * heads * width, heads * width).narrow(1, 0, tokens);
            part.unflatten(-1, [heads, width]).transpose(1, 2)
        };
        let (q, k, v) = (part(0, queries), part(1, keys), part(2, keys));
        let seen = random(&[batch, 1, 1, keys]).gt(-0.5);
        let _ = seen.narrow(3, 0, 1).fill_(1);
        let masks = [
            None,
            Some(seen.shallow_clone()),
            Some(random(&[1, heads, queries, keys])),
            Some(seen.logical_and(&random(&[1, 1, queries, keys]).gt(-2.))),
            Some(random(&[queries, keys])),
            // As many models say that a key may not be seen.
            Some(seen.logical_not().to_kind(Kind::Float) * -1e30),
        ];
        for (i, mask) in masks.iter().enumerate() {
            for scale in [None, Some(0.3)] {
                let mut inputs = vec![&q, &k, &v];
                inputs.extend(mask.as_ref());
                let run = |x: &[Tensor]| {
                    attend(&x[0], &x[1], &x[2], x.get(3), scale)
                        .transpose(1, 2)
                        .flatten(2, 3)
                };
                let traced = Traced::new(&[], &inputs, run);
                // A query that sees no key gives 0 here, and may give NaN there.
                let expected =
                    run(&inputs.iter().map(|x| x.shallow_clone()).collect::<Vec<_>>()).nan_to_num(0., None, None);
                for precision in PRECISIONS {
                    let off = traced.off(precision, "glyxel::attention", &inputs, &expected);
                    assert!(
                        off < limit(precision),
                        "{batch} {heads} {queries} {keys} {width}, mask {i}, {precision:?}: {off}"
                    );
                }
            }
        }
    }
}

#[test]
fn attention_that_the_kernel_is_not_made_for_is_libtorchs() {
    // Two and six dimensions; a width that bf16 cannot pair.
    for shape in [&[5, 8][..], &[1, 2, 2, 3, 5, 8], &[2, 3, 5, 7]] {
        let x = exact(shape);
        let run = |x: &[Tensor]| {
            Tensor::scaled_dot_product_attention(&x[0], &x[0], &x[0], None::<Tensor>, 0., false, None::<f64>, false)
        };
        let traced = Traced::new(&[], &[&x], run);
        for precision in PRECISIONS {
            let off = traced.off(precision, "glyxel::attention", &[&x], &run(&[x.shallow_clone()]));
            assert!(off < limit(precision), "{shape:?} in {precision:?}: {off}");
        }
    }
}

#[test]
fn heads_in_the_batch_and_windows_of_pictures() {
    // Each with masks for everything in front, for a part of it, and for none.
    let cases: [(&[i64], &[&[i64]]); 2] = [
        (&[6, 17, 8], &[&[6, 17, 17], &[1, 17, 17], &[17, 17], &[1, 17]]),
        (
            &[2, 3, 4, 17, 8],
            &[
                &[2, 3, 4, 17, 17],
                &[1, 3, 1, 17, 17],
                &[2, 1, 4, 1, 17],
                &[3, 1, 17, 17],
                &[4, 17, 17],
                &[17],
            ],
        ),
    ];
    for (shape, masks) in cases {
        let x = exact(shape);
        for mask in masks.iter().map(|mask| Some(random(mask))).chain([None]) {
            let mut inputs = vec![&x];
            inputs.extend(mask.as_ref());
            let run = |x: &[Tensor]| {
                let values = &x[0] * 2.;
                Tensor::scaled_dot_product_attention(&x[0], &x[0], &values, x.get(1), 0., false, None::<f64>, false)
            };
            let traced = Traced::new(&[], &inputs, run);
            let expected = run(&inputs.iter().map(|x| x.shallow_clone()).collect::<Vec<_>>());
            for precision in PRECISIONS {
                let off = traced.off(precision, "glyxel::attention", &inputs, &expected);
                let mask = mask.as_ref().map(Tensor::size);
                assert!(off < limit(precision), "{shape:?}, mask {mask:?}, {precision:?}: {off}");
            }
        }
    }
}

/// q, k, v and a mask, (2, 3, 7, 8) and (2, 1, 1, 7).
type WrittenOut = fn(&[Tensor]) -> Tensor;

const WRITTEN_OUT: [(&str, WrittenOut); 8] = [
    ("scaled", |x| {
        (x[0].matmul(&x[1].transpose(-1, -2)) * 0.3)
            .softmax(-1, None)
            .matmul(&x[2])
    }),
    ("divided, and a mask", |x| {
        let scores = x[0].matmul(&x[1].transpose(2, 3)) / 8f64.sqrt() + &x[3];
        scores.softmax(-1, None).matmul(&x[2])
    }),
    ("a mask in front of the scores", |x| {
        let scores = &x[3] + x[0].matmul(&x[1].transpose(2, 3));
        scores.softmax(-1, None).matmul(&x[2])
    }),
    ("two masks", |x| {
        let scores = x[0].matmul(&x[1].permute([0, 1, 3, 2])) * 0.5 + &x[3] + &x[3] * 2.;
        scores.softmax(-1, None).matmul(&x[2])
    }),
    ("a softmax in f32", |x| {
        let scores = x[0].matmul(&x[1].transpose(2, 3)) + &x[3];
        scores.softmax(-1, Kind::Float).to_kind(x[2].kind()).matmul(&x[2])
    }),
    ("queries that were scaled before", |x| {
        (&x[0] * 0.25)
            .matmul(&x[1].transpose(2, 3))
            .softmax(-1, None)
            .matmul(&x[2])
    }),
    ("heads in the batch", |x| {
        let [q, k, v] = [0, 1, 2].map(|i| x[i].flatten(0, 1));
        (q.bmm(&k.transpose(1, 2)) * 0.3).softmax(-1, None).bmm(&v)
    }),
    ("what may be seen, as numbers", |x| {
        let seen = x[3].gt(0.);
        (x[0].matmul(&x[1].transpose(2, 3)) + seen)
            .softmax(-1, None)
            .matmul(&x[2])
    }),
];

const NOT_ATTENTION: [(&str, WrittenOut); 4] = [
    ("over the queries", |x| {
        x[0].matmul(&x[1].transpose(2, 3)).softmax(-2, None).matmul(&x[2])
    }),
    ("the mask is scaled, too", |x| {
        ((x[0].matmul(&x[1].transpose(2, 3)) + &x[3]) * 0.3)
            .softmax(-1, None)
            .matmul(&x[2])
    }),
    ("the probabilities are a result", |x| {
        let probabilities = x[0].matmul(&x[1].transpose(2, 3)).softmax(-1, None);
        probabilities.matmul(&x[2]) + probabilities.sum(Kind::Float)
    }),
    ("no softmax", |x| {
        x[0].matmul(&x[1].transpose(2, 3)).sigmoid().matmul(&x[2])
    }),
];

#[test]
fn attention_that_is_written_out_and_nothing_that_only_looks_like_it() {
    let [q, k, v] = [(); 3].map(|_| exact(&[2, 3, 7, 8]));
    let inputs = [&q, &k, &v, &random(&[2, 1, 1, 7])];
    for (is_it, forms) in [(true, &WRITTEN_OUT[..]), (false, &NOT_ATTENTION[..])] {
        for (name, form) in forms {
            let traced = Traced::new(&[], &inputs, form);
            let expected = form(&inputs.map(Tensor::shallow_clone));
            for precision in PRECISIONS {
                let operators = traced.program(precision).operators("run").unwrap();
                let found = operators.contains_key("glyxel::attention");
                assert_eq!(found, is_it && packs(), "{name}: {operators:?}");
                assert_eq!(
                    operators.contains_key("aten::softmax"),
                    !found && *name != "no softmax",
                    "{name}: {operators:?}"
                );
                // What stays as it was may mix precisions once it is cast.
                if found || precision == Precision::F32 {
                    let off = traced.worst(precision, &inputs, &expected);
                    assert!(off < limit(precision), "{name} in {precision:?}: {off}");
                }
            }
        }
    }
}
