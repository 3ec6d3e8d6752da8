//! Vectors of tokens and late interaction, as C calls them.

use std::ptr::{null, null_mut};

use glyxel::ffi::max_sim::glyxel_max_sim;
use glyxel::ffi::similarity::*;
use glyxel::ffi::tokens::*;

use super::support::*;

const DEFAULT: glyxel_token_options = glyxel_token_options {
    struct_size: size_of::<glyxel_token_options>() as u32,
    layer: 0,
    role: GLYXEL_TEXT,
    normalize: 0,
    prompt: EMPTY,
};

#[test]
fn tokens_and_their_handles() {
    let (bert, _) = shared();
    let texts = strs(&["the film", ""]);
    let mut tokens = null_mut();
    accepted(|err| unsafe { glyxel_embed_tokens(bert.0, texts.as_ptr(), 2, null(), null_mut(), &mut tokens, err) });
    unsafe {
        let dim = glyxel_tokens_dim(tokens);
        assert!(dim > 0);
        assert_eq!(
            [0, 1, 2, usize::MAX].map(|item| glyxel_tokens_count(tokens, item)),
            [4, 2, 0, 0]
        );
        let (mut vectors, mut counts) = (null(), null());
        assert_eq!(glyxel_tokens_vectors(tokens, &mut vectors, &mut counts), GLYXEL_OK);
        assert_eq!(glyxel_tokens_vectors(tokens, null_mut(), null_mut()), GLYXEL_OK);
        assert_eq!(std::slice::from_raw_parts(counts, 2), [4, 2]);
        assert!(std::slice::from_raw_parts(vectors, 6 * dim)
            .iter()
            .all(|x| x.is_finite()));
        let (mut id, mut piece, mut begin, mut end) = (0, EMPTY, 9, 9);
        assert_eq!(
            glyxel_tokens_get(tokens, 0, 2, &mut id, &mut piece, &mut begin, &mut end),
            GLYXEL_OK
        );
        let name = std::slice::from_raw_parts(piece.ptr.cast::<u8>(), piece.len);
        assert_eq!((name, begin, end), (b"film".as_slice(), 4, 8));
        assert_eq!(
            glyxel_tokens_get(tokens, 0, 0, null_mut(), null_mut(), &mut begin, &mut end),
            GLYXEL_OK
        );
        assert_eq!((begin, end), (0, 0));
        let get = |t, item, token| glyxel_tokens_get(t, item, token, null_mut(), null_mut(), null_mut(), null_mut());
        for (item, token) in [(0, 4), (1, 2), (2, 0), (usize::MAX, usize::MAX)] {
            assert_eq!(get(tokens, item, token), GLYXEL_INVALID_ARGUMENT);
        }
        assert_eq!(get(null_mut(), 0, 0), GLYXEL_INVALID_ARGUMENT);
        assert_eq!(get(bert.0.cast(), 0, 0), GLYXEL_INVALID_HANDLE);
        assert_eq!(glyxel_tokens_dim(null()), 0);
        glyxel_tokens_free(tokens);
        assert_eq!(get(tokens, 0, 0), GLYXEL_INVALID_HANDLE);
        assert_eq!(
            glyxel_tokens_vectors(tokens, null_mut(), null_mut()),
            GLYXEL_INVALID_HANDLE
        );
        assert_eq!((glyxel_tokens_dim(tokens), glyxel_tokens_count(tokens, 0)), (0, 0));
        glyxel_tokens_free(tokens);
        glyxel_tokens_free(null_mut());
    }
}

#[test]
fn no_texts_are_no_vectors() {
    let (bert, _) = shared();
    let mut tokens = null_mut();
    accepted(|err| unsafe { glyxel_embed_tokens(bert.0, null(), 0, &DEFAULT, null_mut(), &mut tokens, err) });
    unsafe {
        assert!(glyxel_tokens_dim(tokens) > 0);
        assert_eq!(glyxel_tokens_count(tokens, 0), 0);
        glyxel_tokens_free(tokens);
    }
}

#[test]
fn bad_token_options_and_arguments() {
    let (bert, _) = shared();
    let texts = strs(&["a"]);
    let told = |o: glyxel_token_options, status| {
        refused(status, |err| unsafe {
            let mut tokens = null_mut();
            let status = glyxel_embed_tokens(bert.0, texts.as_ptr(), 1, &o, null_mut(), &mut tokens, err);
            assert!(tokens.is_null());
            status
        })
    };
    let bad = [
        (99, GLYXEL_TEXT, 0, "layer"),
        (i32::MIN, GLYXEL_TEXT, 0, "layer"),
        (0, 3, 0, "role"),
        (0, -1, 0, "role"),
        (0, GLYXEL_TEXT, 3, "normalize"),
    ];
    for (layer, role, normalize, word) in bad {
        let o = glyxel_token_options {
            layer,
            role,
            normalize,
            ..DEFAULT
        };
        let sentence = told(o, GLYXEL_INVALID_ARGUMENT);
        assert!(sentence.contains(word), "{sentence}");
    }
    for role in [GLYXEL_QUERY, GLYXEL_DOCUMENT] {
        let sentence = told(glyxel_token_options { role, ..DEFAULT }, GLYXEL_UNSUPPORTED);
        assert!(sentence.contains("ColBERT"), "{sentence}");
    }
    let prompt = glyxel_token_options {
        prompt: glyxel_str::new("@nobody's"),
        ..DEFAULT
    };
    told(prompt, GLYXEL_INVALID_ARGUMENT);
    for struct_size in [0, 3, 5] {
        told(glyxel_token_options { struct_size, ..DEFAULT }, GLYXEL_INVALID_ARGUMENT);
    }
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_tokens(bert.0, texts.as_ptr(), 1, null(), null_mut(), null_mut(), err)
    });
    refused(GLYXEL_INVALID_ARGUMENT, |err| unsafe {
        glyxel_embed_tokens(bert.0, null(), 1, null(), null_mut(), &mut null_mut(), err)
    });
    let cancelled = control();
    unsafe { glyxel_control_cancel(cancelled.0) };
    refused(GLYXEL_CANCELLED, |err| unsafe {
        glyxel_embed_tokens(bert.0, texts.as_ptr(), 1, null(), cancelled.0, &mut null_mut(), err)
    });
}

#[test]
fn late_interaction_of_bad_input() {
    let (vectors, counts) = ([1f32, 0., 0., 1.], [1usize, 1]);
    let (mut index, mut score) = ([7u64; 4], [7f32; 4]);
    let (at, to) = (index.as_mut_ptr(), score.as_mut_ptr());
    let call = |query_counts: &[usize], document_counts: &[usize], dim, metric, k, control, err| unsafe {
        let (q, d) = (query_counts.as_ptr(), document_counts.as_ptr());
        let (nq, nd) = (query_counts.len(), document_counts.len());
        glyxel_max_sim(
            vectors.as_ptr(),
            q,
            nq,
            vectors.as_ptr(),
            d,
            nd,
            dim,
            metric,
            k,
            control,
            at,
            to,
            err,
        )
    };
    accepted(|err| call(&counts, &counts, 2, GLYXEL_COSINE, 2, null_mut(), err));
    assert_eq!((index, score), ([0, 1, 1, 0], [1., 0., 1., 0.]));
    let told = |queries: &[usize], documents: &[usize], dim, metric, k| {
        refused(GLYXEL_INVALID_ARGUMENT, |err| {
            call(queries, documents, dim, metric, k, null_mut(), err)
        })
    };
    assert!(told(&counts, &[1, 0], 2, GLYXEL_DOT, 1).contains("document_counts[1]"));
    assert!(told(&counts, &counts, 2, GLYXEL_EUCLIDEAN, 1).contains("GLYXEL_EUCLIDEAN"));
    assert!(told(&counts, &counts, 2, 9, 1).contains("metric is 9"));
    assert!(told(&counts, &counts, 2, GLYXEL_DOT, 3).contains("k is 3"));
    assert!(told(&counts, &counts, 0, GLYXEL_DOT, 1).contains("dim is 0"));
    assert!(told(&counts, &[usize::MAX, 2], 2, GLYXEL_DOT, 1).contains("document_counts"));
    told(&[usize::MAX], &counts, 2, GLYXEL_DOT, 1);
    told(&counts, &counts, usize::MAX, GLYXEL_DOT, 1);
    let cancelled = control();
    unsafe { glyxel_control_cancel(cancelled.0) };
    refused(GLYXEL_CANCELLED, |err| {
        call(&counts, &counts, 2, GLYXEL_DOT, 1, cancelled.0, err)
    });
    // Nothing asked of nothing.
    accepted(|err| unsafe {
        glyxel_max_sim(
            null(),
            null(),
            0,
            null(),
            null(),
            0,
            2,
            GLYXEL_DOT,
            0,
            null_mut(),
            null_mut(),
            null_mut(),
            err,
        )
    });
}
