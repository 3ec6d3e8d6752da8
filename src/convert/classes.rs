//! What a head's logits are: the names of its classes, and what makes scores of them.

use serde_json::{Map, Value as Json};

use crate::bundle::{Activation, ClassesManifest};

fn unnamed(class: usize) -> String {
    format!("LABEL_{class}")
}

/// The names in `id2label`, unless they are numbers only.
pub fn by_id(id2label: &Json, n: usize) -> Option<Vec<String>> {
    let names = id2label.as_object()?;
    (0..n)
        .map(|i| names.get(&i.to_string())?.as_str().map(str::to_string))
        .collect::<Option<Vec<_>>>()
        .filter(|names| names.iter().enumerate().any(|(i, name)| *name != unnamed(i)))
}

/// `named`: the classes' names and where they come from; `None`: they are numbers.
pub fn manifest(config: &Map<String, Json>, n: usize, named: Option<(Vec<String>, &str)>) -> ClassesManifest {
    let (labels, source) = named.unwrap_or_else(|| ((0..n).map(unnamed).collect(), "none"));
    ClassesManifest {
        labels,
        source: source.into(),
        activation: activation(config, n),
    }
}

/// As `transformers`' pipelines choose it.
fn activation(config: &Map<String, Json>, classes: usize) -> Activation {
    match config.get("problem_type").and_then(Json::as_str) {
        Some("multi_label_classification") => Activation::Sigmoid,
        Some("regression") => Activation::None,
        _ if classes == 1 => Activation::Sigmoid,
        _ => Activation::Softmax,
    }
}

/// The class for entailment, as `transformers`' zero-shot pipeline finds it: the first in `label2id` whose name begins with
/// "entail".
pub fn entailment(config: &Map<String, Json>, classes: &ClassesManifest) -> Option<usize> {
    let entails = |name: &str| name.to_lowercase().starts_with("entail");
    let n = classes.labels.len();
    let found = match config.get("label2id").and_then(Json::as_object) {
        Some(ids) if config.contains_key("id2label") => {
            let (_, id) = ids.iter().find(|(name, _)| entails(name))?;
            id.as_u64().and_then(|id| usize::try_from(id).ok())
        }
        _ => classes.labels.iter().position(|name| entails(name)),
    };
    found.filter(|class| *class < n && n > 1)
}
