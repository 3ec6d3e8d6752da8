//! Attention of every shape and mask.

use tch::{Kind, Tensor};

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
