use super::*;

/// A field whose value is `bytes`.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = key(number, 2);
    message.extend(varint(bytes.len() as u64));
    message.extend(bytes);
    message
}

fn key(number: u8, kind: u64) -> Vec<u8> {
    varint(u64::from(number) << 3 | kind)
}

fn number(field: u8, value: u64) -> Vec<u8> {
    [key(field, 0), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn piece(text: &[u8], score: f32, kind: u64) -> Vec<u8> {
    let score = [key(2, 5), score.to_le_bytes().to_vec()].concat();
    field(1, &[field(1, text), score, number(3, kind)].concat())
}

fn model() -> Vec<u8> {
    let trainer = [
        number(3, 2),
        number(35, 1),
        number(40, 1),
        number(41, u64::MAX),
        field(45, b"[UNK]"),
    ]
    .concat();
    let normalizer = [
        field(1, b"nmt_nfkc"),
        field(2, &[4, 0, 0, 0, 9, 9, 9, 9, 0]),
        number(3, 1),
    ]
    .concat();
    [
        piece(b"<s>", 0.0, 3),
        piece(b"[UNK]", 0.0, 2),
        piece("▁a".as_bytes(), -1.5, 1),
        piece(b"<tag>", -2.0, 4),
        field(2, &trainer),
        field(3, &normalizer),
        // Nothing that is known here: a number, eight bytes, four bytes, a text.
        [
            number(9, 1),
            key(10, 1),
            vec![7; 8],
            key(11, 5),
            vec![7; 4],
            field(12, b"?"),
        ]
        .concat(),
    ]
    .concat()
}

fn refused(bytes: &[u8], because: &str) {
    match SentencePiece::parse(bytes) {
        Err(Error::BadModel(sentence)) => assert!(sentence.contains(because), "{sentence}"),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_model_is_read_with_the_defaults_of_what_it_leaves_out() {
    let bytes = model();
    let model = SentencePiece::parse(&bytes).unwrap();
    let texts: Vec<_> = model.pieces.iter().map(|piece| piece.text).collect();
    assert_eq!(texts, ["<s>", "[UNK]", "▁a", "<tag>"]);
    assert_eq!(model.pieces[2].score, -1.5);
    assert_eq!(model.pieces[2].kind, PieceKind::Learned);
    assert!(!model.unigram && model.byte_fallback);
    assert_eq!(
        (model.unk, model.bos, model.eos),
        ((1, "[UNK]"), (-1, "<s>"), (2, "</s>"))
    );
    assert_eq!(model.charsmap().unwrap().unwrap(), "BAAAAAkJCQkA");
    let added = model.added_tokens();
    assert_eq!(
        added[0],
        json!({"content": "<s>", "normalized": false, "special": true})
    );
    assert_eq!(
        added[1],
        json!({"content": "<tag>", "normalized": false, "special": false})
    );
    assert_eq!(added.len(), 2);
    assert_eq!(model.scores()[2], ("▁a".to_string(), -1.5));
}

#[test]
fn merges_stand_in_the_order_of_what_they_make() {
    let pieces = ["c", "a", "b", "abc", "ab", "bc", "ä", "äa", "dd", "ab"];
    let bytes: Vec<u8> = pieces.iter().flat_map(|text| piece(text.as_bytes(), 0.0, 1)).collect();
    let (vocab, merges) = SentencePiece::parse(&bytes).unwrap().vocab_and_merges().unwrap();
    let expected = json!([["a", "bc"], ["ab", "c"], ["b", "c"], ["ä", "a"], ["a", "b"]]);
    assert_eq!(json!(merges), expected);
    assert_eq!(vocab["ab"], 9, "of a piece that stands twice the last id counts");
    assert_eq!(vocab.len(), 9);
}

#[test]
fn every_cut_and_every_changed_byte_is_read_or_refused() {
    let whole = model();
    for length in 0..whole.len() {
        if let Ok(model) = SentencePiece::parse(&whole[..length]) {
            assert!(model.pieces.len() <= 4 && model.charsmap().is_ok());
        }
        for value in 0..=255 {
            let mut changed = whole.clone();
            changed[length] = value;
            if let Ok(model) = SentencePiece::parse(&changed) {
                let _ = (model.charsmap(), model.scores(), model.vocab_and_merges());
            }
        }
    }
}

#[test]
fn hostile_models_are_refused_with_a_sentence() {
    refused(b"", "no pieces");
    refused(&[0x0a], "cut off");
    refused(
        &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        "cut off",
    );
    refused(&[0x0a, 5, 0x0a, 9, b'a', b'b', b'c'], "cut off");
    refused(
        &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        "64 bits",
    );
    refused(&[0x0b; 1000], "kind 3");
    refused(b"{\"model\": {}}", "something else");
    refused(&piece(b"\xff", 0.0, 1), "piece 0 is not UTF-8");
    refused(&piece(b"", 0.0, 1), "piece 0 is empty");
    refused(&piece(&[b'a'; 513], 0.0, 1), "longer than");
    for score in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        refused(&piece(b"a", score, 1), "score");
    }
    refused(&field(2, &field(45, b"\xc3")), "not UTF-8");
    refused(&field(2, &field(47, &[b'a'; 513])), "too long");
    let many = [piece(b"a", 0.0, 1)].concat().repeat(MOST_PIECES + 1);
    refused(&many, "more than");
}

#[test]
fn pieces_that_combine_in_too_many_ways_are_refused() {
    let mut bytes = Vec::new();
    for length in 1..=18 {
        for bits in 0..1u32 << length {
            let text: String = (0..length)
                .map(|bit| if bits >> bit & 1 == 1 { 'a' } else { 'b' })
                .collect();
            bytes.extend(piece(text.as_bytes(), 0.0, 1));
        }
    }
    match SentencePiece::parse(&bytes).unwrap().vocab_and_merges() {
        Err(Error::BadModel(sentence)) => assert!(sentence.contains("combine"), "{sentence}"),
        other => panic!("not refused: {:?}", other.map(|(_, merges)| merges.len())),
    }
}
