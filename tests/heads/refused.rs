//! What a model with or without a head cannot do, and heads that cannot be read.

use glyxel::bundle::Activation;
use glyxel::control::Call;
use glyxel::tasks::embed::EmbedOptions;
use glyxel::tasks::{classify, entailment, pairs, TaskOptions};
use glyxel::{Error, Model};
use serde_json::{json, Map, Value};

use super::support::{fixtures, json, load};
use super::{model, shared, texts, with};

fn unsupported<T>(result: glyxel::Result<T>, words: &[&str]) {
    match result {
        Err(Error::Unsupported(sentence)) => {
            assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("done"),
    }
}

#[test]
fn what_a_model_cannot_do_is_said() {
    let (call, usual) = (Call::unwatched(), TaskOptions::default());
    let plain = load(&fixtures("bert").join("plain"), &[]);
    unsupported(
        classify::texts(&plain, texts(), &usual, &call),
        &["cannot classify_texts", "can embed_texts", "ForSequenceClassification"],
    );
    unsupported(
        pairs::score(&plain, shared(), &usual, &call),
        &["cannot score_pairs", "can embed_texts", "cross-encoder"],
    );
    let labels = || vec!["a".to_string()];
    unsupported(
        entailment::texts(&plain, texts(), labels(), &usual, &call),
        &["cannot zero_shot_texts", "can embed_texts", "entail"],
    );
    let (bert, scorer) = (model("bert"), model("bert_cross_encoder"));
    unsupported(
        pairs::score(&bert, shared(), &usual, &call),
        &["cannot score_pairs", "classify_texts", "one logit"],
    );
    unsupported(
        entailment::texts(&scorer, texts(), labels(), &usual, &call),
        &["entail", "score_pairs"],
    );
    let bart = model("bart");
    let embedded = glyxel::tasks::embed::texts(&bart, texts(), &EmbedOptions::default(), &call);
    unsupported(embedded, &["classify_texts"]);
    let softmax = pairs::score(&scorer, shared(), &with(Activation::Softmax), &call);
    assert!(matches!(softmax, Err(Error::InvalidArgument(s)) if s.contains("softmax")));
    let without_place = TaskOptions {
        templates: vec!["a".into()],
        ..Default::default()
    };
    let refused = entailment::texts(&bert, Vec::new(), labels(), &without_place, &call);
    assert!(matches!(refused, Err(Error::InvalidArgument(s)) if s.contains("{}")));
    let long = vec!["river ".repeat(40)];
    let refused = entailment::texts(&bert, texts(), long, &usual, &call);
    assert!(matches!(refused, Err(Error::InvalidArgument(s)) if s.contains("shorten")));
}

/// A copy of a fixture with changes to one of its JSON files.
fn changed(name: &str, file: &str, change: impl FnOnce(&mut Map<String, Value>)) -> glyxel::Result<Model> {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixtures("heads").join(name)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join(file);
    let mut fields = json(&path).as_object().unwrap().clone();
    change(&mut fields);
    std::fs::write(path, Value::Object(fields).to_string()).unwrap();
    let mut options = glyxel::options::Options::default();
    options.set("cache", "false").unwrap();
    Model::load(folder.path().to_str().unwrap(), &options, &Call::unwatched())
}

fn tasks(model: &Model) -> Value {
    serde_json::from_str::<Value>(model.info()).unwrap()["tasks"].clone()
}

#[test]
fn a_head_of_another_task_is_none() {
    let tokens = changed("bert", "config.json", |config| {
        config.insert("architectures".into(), json!(["BertForTokenClassification"]));
    });
    assert_eq!(tasks(&tokens.unwrap()), json!(["embed_texts", "embed_tokens"]));
    let bart = changed("bart", "config.json", |config| {
        config.insert("architectures".into(), json!(["BartForConditionalGeneration"]));
    });
    unsupported(bart, &["BartForSequenceClassification"]);
}

#[test]
fn configs_that_do_not_fit_the_head_are_refused() {
    let more = changed("bert", "config.json", |config| {
        config.insert("id2label".into(), json!({"0": "a", "1": "b"}));
    });
    assert!(matches!(more, Err(Error::BadModel(s)) if s.contains("classifier.")));
    let huge = changed("bert", "config.json", |config| {
        config.shift_remove("id2label");
        config.insert("num_labels".into(), json!(1 << 24));
    });
    assert!(matches!(huge, Err(Error::BadModel(_))));
    let none = changed("bert", "config.json", |config| {
        config.insert("id2label".into(), json!({}));
    });
    assert!(matches!(none, Err(Error::BadModel(s)) if s.contains("id2label")));
    let pooling = changed("modernbert", "config.json", |config| {
        config.insert("classifier_pooling".into(), json!("max"));
    });
    assert!(matches!(pooling, Err(Error::BadModel(s)) if s.contains("classifier_pooling")));
    let width = changed("deberta-v2", "config.json", |config| {
        config.insert("pooler_hidden_size".into(), json!(8));
    });
    unsupported(width, &["pooler_hidden_size"]);
    let activation = changed("bert_cross_encoder", "config.json", |config| {
        let tanh = "torch.nn.modules.activation.Tanh";
        config.insert("sbert_ce_default_activation_function".into(), json!(tanh));
    });
    unsupported(activation, &["Tanh"]);
    let modules = changed(
        "bert_cross_encoder_saved",
        "config_sentence_transformers.json",
        |settings| {
            settings.insert("model_type".into(), json!("SparseEncoder"));
        },
    );
    unsupported(modules, &["SparseEncoder"]);
}
