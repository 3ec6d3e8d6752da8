//! A checkpoint's files → the one `tokenizer.json` that `transformers` 5.17 would run.

use serde_json::{Map, Value};

use super::added::{named, roles, AddedToken, Vocabulary};
use super::classes::{backend, by_name, runs_in_python, Class, Init, Read, Vocab, FILES_ONLY};
use super::config::{padding_side, truncation, with_old_padding, with_old_tokens};
use crate::error::{Error, Result};

/// The `tokenizer.json` of the checkpoint whose files `read` gives by name; `config` is what
/// [`tokenizer_config`](super::tokenizer_config) made of its configs.
///
/// - For a class of [`classes`](super::classes), `transformers` takes the vocabulary out of `tokenizer.json` or, if
///   there is none, out of the class' own files, and makes normalizer, pre-tokenizer, template, unknown token and
///   added tokens anew from the config: `do_lower_case` absent means true for BERT, whatever `tokenizer.json` does.
/// - For any other, `tokenizer.json` stays, and the tokens of the config's `added_tokens_decoder` and its named special
///   tokens are added to it or take on the config's properties.
/// - In both, `truncation_side` wins over `truncation.direction`.
///
/// One case departs from `transformers`: a `tokenizer.json` stays what it is if the class is for another kind of model.
/// `transformers` would run its pieces as WordPiece, say, which the model was not trained on.
pub fn tokenizer_json(config: &Map<String, Value>, read: &Read) -> Result<Vec<u8>> {
    if config.get("split_special_tokens") == Some(&Value::Bool(true)) {
        return Err(Error::Unsupported(
            "tokenizer_config.json asks for split_special_tokens, which is not supported".into(),
        ));
    }
    let name = config
        .get("tokenizer_class")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if runs_in_python(name) {
        return Err(Error::Unsupported(format!(
            "the tokenizer class {name} is written in Python, and no tokenizer.json says all that it does, so its ids cannot \
             be had here; take a checkpoint with another tokenizer"
        )));
    }
    let class = by_name(name);
    let json = match read("tokenizer.json")? {
        Some(bytes) if class.is_none_or(|class| class.model != FILES_ONLY) => {
            let json = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
            from_json(class, config, json)?
        }
        _ => from_files(class, name, config, read)?,
    };
    serde_json::to_vec(&json).map_err(|e| Error::Internal(format!("writing tokenizer.json failed: {e}")))
}

fn bad(what: impl std::fmt::Display) -> Error {
    Error::BadModel(format!("tokenizer.json cannot be used: {what}"))
}

fn from_files(class: Option<&Class>, name: &str, config: &Map<String, Value>, read: &Read) -> Result<Value> {
    let Some(class) = class else {
        let json = backend::from_files(&with_old_tokens(config, &[]), read)?;
        return json.ok_or_else(|| {
            Error::NotFound(format!(
                "neither tokenizer.json nor tokenizer.model, and the tokenizer class {name} is not one that this version \
                 builds from other files; save the tokenizer with AutoTokenizer.from_pretrained(…).save_pretrained(…), which writes one"
            ))
        });
    };
    let Some(vocab) = (class.read)(read)? else {
        let missing = match class.model {
            FILES_ONLY => format!("no {}", class.files),
            _ => format!("neither tokenizer.json nor {}", class.files),
        };
        return Err(Error::NotFound(format!(
            "{missing}; save the tokenizer into it (AutoTokenizer…save_pretrained)"
        )));
    };
    let config = with_old_tokens(config, &[]);
    (class.build)(
        vocab,
        &Init {
            config: &config,
            json: None,
        },
    )
}

fn from_json(class: Option<&Class>, config: &Map<String, Value>, mut json: Map<String, Value>) -> Result<Value> {
    let old_tokens = match json.get("added_tokens") {
        Some(Value::Array(tokens)) => tokens.clone(),
        _ => Vec::new(),
    };
    let config = with_old_tokens(config, &old_tokens);
    let model = json.get("model").ok_or_else(|| bad("it has no model"))?;
    if let Some(class) = class.filter(|class| kind(model) == Some(class.model)) {
        let vocab = vocab(class.model, &json)?;
        let init = Init {
            config: &config,
            json: Some(&json),
        };
        return (class.build)(vocab, &init);
    }

    let config = with_old_padding(config, json.get("padding"));
    let mut vocabulary = Vocabulary::of_model(model.get("vocab"));
    for token in &old_tokens {
        vocabulary.add(AddedToken::from_value(token).ok_or_else(|| bad("one of its added_tokens has no content"))?);
    }
    vocabulary.add_all(&config, &roles(&config)?)?;
    let pad = named(&config, "pad_token")?;
    as_python_reads_scores(&mut json);
    json.insert("added_tokens".into(), vocabulary.added_tokens());
    let old_truncation = json.get("truncation").cloned().unwrap_or_default();
    json.insert("truncation".into(), truncation(&config, old_truncation)?);
    if pad.is_some() {
        let old_padding = json.get("padding").cloned().unwrap_or_default();
        let side = padding_side(&config, &old_padding)?;
        json.insert("padding".into(), vocabulary.padding(pad.as_ref(), side));
    }
    Ok(Value::Object(json))
}

/// Python's tokenizers reads a file's numbers by one multiplication, which is off in the last bit for some of them; a file
/// that runs as it is runs there with these scores, and where two cuts of a text weigh the same that bit decides.
fn as_python_reads_scores(json: &mut Map<String, Value>) {
    let pieces = json.get_mut("model").and_then(|model| model.get_mut("vocab"));
    for piece in pieces.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(score) = piece.get_mut(1) {
            if let Some(read) = score.as_f64().and_then(by_one_multiplication) {
                *score = Value::from(read);
            }
        }
    }
}

/// The number's shortest digits, as one whole number, times or divided by a power of ten.
fn by_one_multiplication(number: f64) -> Option<f64> {
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: f64 = format!("{whole}{fraction}").parse::<i64>().ok()? as f64;
    let exponent = exponent.parse::<i64>().ok()? - fraction.len() as i64;
    let power: f64 = format!("1e{}", exponent.abs()).parse().ok()?;
    Some(if exponent < 0 { digits / power } else { digits * power })
}

/// The kind of a `tokenizer.json`'s model. Files of the first versions do not name it.
fn kind(model: &Value) -> Option<&str> {
    match model.get("type") {
        Some(kind) => kind.as_str(),
        None if model.get("merges").is_some() => Some("BPE"),
        None if model.get("unk_id").is_some() => Some("Unigram"),
        None => model.get("continuing_subword_prefix").map(|_| "WordPiece"),
    }
}

/// The vocabulary of a `tokenizer.json` whose model is of that kind.
fn vocab(kind: &str, json: &Map<String, Value>) -> Result<Vocab> {
    let model = json.get("model").unwrap_or(&Value::Null);
    let field = |name: &str| model.get(name).ok_or_else(|| bad(format!("its model has no {name}")));
    let tokens = || {
        field("vocab")?
            .as_object()
            .cloned()
            .ok_or_else(|| bad("its vocab is no object"))
    };
    match kind {
        "WordPiece" => Ok(Vocab::WordPiece(tokens()?)),
        "BPE" => Ok(Vocab::Bpe {
            vocab: tokens()?,
            merges: merges(field("merges")?).ok_or_else(|| bad("one of its merges is not two tokens"))?,
        }),
        _ => Ok(Vocab::Unigram {
            pieces: pieces(field("vocab")?).ok_or_else(|| bad("its vocab is not a list of pieces with scores"))?,
            charsmap: json.get("normalizer").and_then(charsmap),
        }),
    }
}

/// Newer files write a merge as a list of two, older ones as a string with a space.
fn merges(merges: &Value) -> Option<Vec<(String, String)>> {
    let pair = |merge: &Value| match merge {
        Value::String(merge) => {
            let (a, b) = merge.split_once(' ')?;
            (!b.contains(' ')).then(|| (a.to_string(), b.to_string()))
        }
        _ => match merge.as_array()?.as_slice() {
            [a, b] => Some((a.as_str()?.to_string(), b.as_str()?.to_string())),
            _ => None,
        },
    };
    merges.as_array()?.iter().map(pair).collect()
}

fn pieces(vocab: &Value) -> Option<Vec<(String, f64)>> {
    let piece = |piece: &Value| match piece.as_array()?.as_slice() {
        [piece, score] => Some((piece.as_str()?.to_string(), score.as_f64()?)),
        _ => None,
    };
    vocab.as_array()?.iter().map(piece).collect()
}

/// The first of the normalizer's own steps that is SentencePiece's.
fn charsmap(normalizer: &Value) -> Option<String> {
    let steps = match normalizer.get("normalizers") {
        Some(Value::Array(steps)) => steps.as_slice(),
        _ => std::slice::from_ref(normalizer),
    };
    let step = steps
        .iter()
        .find(|step| step.get("type").is_some_and(|kind| kind == "Precompiled"))?;
    step.get("precompiled_charsmap")?.as_str().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::by_one_multiplication;

    /// The right-hand numbers are what `tokenizers` 0.23.3 for Python gives back of the left-hand ones.
    #[test]
    fn scores_are_off_where_python_is_off() {
        for (written, read) in [
            (-12.082361571537927, -12.082361571537929),
            (-9.410567515373733, -9.410567515373732),
            (-14.379290242075403, -14.379290242075404),
            (-4.766912895566908, -4.766912895566908),
            (-3.0000001e-7, -3.0000001e-7),
            (-12.5, -12.5),
            (0., 0.),
        ] {
            assert_eq!(by_one_multiplication(written), Some(read), "{written}");
        }
    }
}
