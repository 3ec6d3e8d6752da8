//! The bytes that tokens come from.

use glyxel::control::Call;
use glyxel::tasks::embed_tokens::{self, TokenOptions};
use glyxel::text::{tokenizer_config, tokenizer_json, Settings, Tokenizer};
use serde_json::{json, Value};

use super::support::{fixtures, json, load};

fn tokenizer(name: &str, settings: Settings) -> Tokenizer {
    let folder = fixtures("text").join(name);
    let read = |file: &str| std::fs::read(folder.join(file)).ok();
    let object = |file: &str| read(file).map(|bytes| serde_json::from_slice::<Value>(&bytes).unwrap());
    let config = object("config.json").unwrap_or_else(|| json!({"model_type": "bert"}));
    let fields = |value: Option<Value>| value.map(|value| value.as_object().cloned().unwrap());
    let config = tokenizer_config(
        fields(object("tokenizer_config.json")).as_ref(),
        fields(object("special_tokens_map.json")).as_ref(),
        fields(object("added_tokens.json")).as_ref(),
        config.as_object().unwrap(),
    );
    let json = tokenizer_json(&config, &|file| Ok(read(file))).unwrap();
    Tokenizer::from_json(&json, settings).unwrap()
}

/// WordPiece, byte-level BPE, SentencePiece, of multi-byte and lowercased texts, cut from either side.
#[test]
fn spans_are_those_of_transformers() {
    let texts = json(&fixtures("text").join("texts.json"));
    let expected = json(&fixtures("tokens").join("spans.json"));
    let expected = expected.as_object().unwrap();
    assert!(expected.len() > 30, "only {} tokenizers", expected.len());
    let mut faults = Vec::new();
    for (name, rows) in expected {
        let settings = Settings {
            max_length: 14,
            lowercase: false,
        };
        let tokenizer = tokenizer(name, settings);
        for (i, spans) in rows.as_object().unwrap() {
            let text = &texts[i.parse::<usize>().unwrap()];
            let text = match text.as_str() {
                Some(text) => text.to_string(),
                None => text["repeat"]
                    .as_str()
                    .unwrap()
                    .repeat(text["times"].as_u64().unwrap() as usize),
            };
            let (tokens, found) = tokenizer.encode_with_spans(&text, 14).unwrap();
            assert_eq!(tokens, tokenizer.encode(&text).unwrap());
            let found: Vec<[usize; 2]> = found
                .iter()
                .map(|span| {
                    if span.start < span.end {
                        [span.start, span.end]
                    } else {
                        [0, 0]
                    }
                })
                .collect();
            let spans: Vec<Option<[usize; 2]>> = serde_json::from_value(spans.clone()).unwrap();
            let same = |(found, expected): (&[usize; 2], &Option<[usize; 2]>)| match expected {
                Some(expected) => found == expected,
                None => found[0] == 0 && text.is_char_boundary(found[1]),
            };
            if found.len() != spans.len() || !found.iter().zip(&spans).all(same) {
                faults.push(format!("{name}, {text:?}: {found:?}, not {spans:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn lowercasing_that_changes_lengths_moves_no_span() {
    let settings = Settings {
        max_length: 14,
        lowercase: true,
    };
    let tokenizer = tokenizer("lowercased", settings);
    let text = "\u{130}st \u{df} A";
    let (tokens, spans) = tokenizer.encode_with_spans(text, 14).unwrap();
    let covered: Vec<&str> = spans
        .iter()
        .filter(|s| s.start < s.end)
        .map(|s| &text[s.clone()])
        .collect();
    assert_eq!(tokens.ids.len(), spans.len());
    assert_eq!(covered.last(), Some(&"A"), "{covered:?}");
    assert!(covered.first().unwrap().starts_with('\u{130}'), "{covered:?}");
}

/// Of a text behind a prompt they are still the text's own.
#[test]
fn a_prompt_is_no_part_of_the_text() {
    let model = load(&fixtures("bert").join("st_mean"), &[]);
    let text = "é is the film".to_string();
    let of = |prompt: &str| {
        let options = TokenOptions {
            prompt: prompt.into(),
            ..Default::default()
        };
        let found = embed_tokens::texts(&model, vec![text.clone()], &options, &Call::unwatched()).unwrap();
        let tokens = (0..found.counts[0]).map(|t| found.token(0, t).unwrap().clone());
        let tokens: Vec<(String, std::ops::Range<usize>)> =
            tokens.map(|t| (found.piece(t.id).to_string(), t.span)).collect();
        tokens
    };
    let own = |tokens: Vec<(String, std::ops::Range<usize>)>| {
        let own: Vec<_> = tokens.into_iter().filter(|(_, span)| span.start < span.end).collect();
        own
    };
    let (plain, prompted) = (of(""), of("query é: "));
    assert!(prompted.len() > plain.len());
    assert_eq!(prompted[0], ("[CLS]".into(), 0..0));
    assert_eq!(own(plain.clone()), own(prompted));
    assert_eq!(own(plain).last().unwrap(), &("film".into(), 10..14));
}
