//! What a bundle says of its texts: the part `text` of `glyxel.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Activation, ClassesManifest, LateInteractionManifest};

/// How texts become this model's tokens, and what its vectors are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextManifest {
    pub max_length: usize,
    /// Values in an embedding; 0 for a model that makes none of a whole text.
    pub dim: usize,
    pub pooling: Vec<String>,
    /// `modules.json`, or `default` where the checkpoint says nothing.
    pub pooling_source: String,
    pub normalize: bool,
    /// Whether `embed_text` gives what `embed_text_unnormalized` gives, brought to length 1: nothing is cut off after that.
    #[serde(default)]
    pub normalizes_last: bool,
    pub lowercase: bool,
    pub prompts: BTreeMap<String, String>,
    #[serde(default)]
    pub default_prompt_name: Option<String>,
    pub vocab_size: usize,
    /// What fills up the shorter rows of a batch.
    pub pad_token_id: usize,
    /// Whether pooling counts the prompt's tokens.
    pub include_prompt: bool,
    /// Whether every text is filled up to `max_length`, as the model was trained.
    #[serde(default)]
    pub padded: bool,
    /// Whether all that a method computes token by token stands in tensors (texts, tokens, …) in the places of the text's own tokens, and none divides by what
    /// stands in the others: so those need not be computed. The definitions of this library are so; of a module that was brought nobody knows.
    #[serde(default)]
    pub ragged: bool,
    /// What the logits of its head are, if it has one.
    #[serde(default)]
    pub classes: Option<ClassesManifest>,
    /// Where the head has a single logit: what makes the score of a pair of texts of it.
    #[serde(default)]
    pub score: Option<Activation>,
    /// The class by which the head says that the second text of a pair follows from the first.
    #[serde(default)]
    pub entailment: Option<usize>,
    /// How many layers give their hidden states; 0: the bundle gives none.
    #[serde(default)]
    pub layers: usize,
    /// Values in a hidden state.
    #[serde(default)]
    pub hidden_size: usize,
    /// What makes vectors of tokens, if the model was trained to compare by these.
    #[serde(default)]
    pub late_interaction: Option<LateInteractionManifest>,
}

impl TextManifest {
    /// The class by which the head says that the second text of a pair contradicts the first, as `transformers` takes it: the
    /// first, unless that is the one for entailment, and then the last.
    pub fn contradiction(&self) -> Option<usize> {
        let last = self.classes.as_ref()?.labels.len().checked_sub(1)?;
        self.entailment.map(|entailment| if entailment == 0 { last } else { 0 })
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.max_length == 0 || self.vocab_size == 0 {
            return Err("has a text part whose max_length or vocab_size is 0".into());
        }
        if self.dim == 0 && self.classes.is_none() && self.late_interaction.is_none() {
            return Err(
                "has a text part whose dim is 0, and which has no vectors of tokens and classifies nothing either"
                    .into(),
            );
        }
        if self.layers > 0 && self.hidden_size == 0 {
            return Err("has a text part whose layers have a hidden_size of 0".into());
        }
        if let Some(late) = &self.late_interaction {
            late.check(self.vocab_size)?;
        }
        let prompt = self.default_prompt_name.as_ref();
        if let Some(prompt) = prompt.filter(|prompt| !self.prompts.contains_key(*prompt)) {
            return Err(format!(
                "has the default prompt {prompt:?}, which is none of its prompts"
            ));
        }
        let classes = self.classes.as_ref().map(|classes| classes.labels.len());
        if classes == Some(0) {
            return Err("has a text part whose labels are none".into());
        }
        if self.score.is_some() && classes != Some(1) {
            return Err("has a text part that scores pairs, but not with one logit".into());
        }
        match (self.entailment, classes) {
            (None, _) => Ok(()),
            (Some(entailment), Some(classes)) if entailment < classes && classes > 1 => Ok(()),
            (Some(entailment), _) => Err(format!(
                "takes class {entailment} for entailment, which is none of two or more classes"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn part(changes: serde_json::Value) -> TextManifest {
        let labels = ["contradiction", "neutral", "entailment"];
        let mut value = json!({
            "max_length": 8, "dim": 4, "pooling": ["mean"], "pooling_source": "default", "normalize": false, "lowercase": false,
            "prompts": {}, "vocab_size": 9, "pad_token_id": 0, "include_prompt": true,
            "classes": {"labels": labels, "source": "id2label", "activation": "softmax"}, "entailment": 2
        });
        for (name, change) in changes.as_object().unwrap() {
            value[name] = change.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn contradiction_is_the_first_class_or_the_last() {
        assert_eq!(part(json!({})).contradiction(), Some(0));
        assert_eq!(part(json!({"entailment": 0})).contradiction(), Some(2));
        assert_eq!(part(json!({"entailment": null})).contradiction(), None);
    }

    #[test]
    fn padding_is_computed_unless_a_bundle_says_that_it_need_not_be() {
        assert!(!part(json!({})).ragged);
        assert!(part(json!({"ragged": true})).ragged);
    }

    #[test]
    fn heads_that_contradict_themselves_are_refused() {
        let one = json!({"labels": ["LABEL_0"], "source": "none", "activation": "sigmoid"});
        let none = json!({"labels": [], "source": "none", "activation": "sigmoid"});
        for right in [
            json!({}),
            json!({"dim": 0}),
            json!({"classes": one, "entailment": null, "score": "none"}),
        ] {
            assert_eq!(part(right.clone()).check(), Ok(()), "{right}");
        }
        for wrong in [
            json!({"entailment": 3}),
            json!({"score": "sigmoid"}),
            json!({"classes": null}),
            json!({"classes": none, "entailment": null}),
            json!({"classes": one, "entailment": 0}),
            json!({"dim": 0, "classes": null, "entailment": null}),
        ] {
            assert!(part(wrong.clone()).check().is_err(), "{wrong}");
        }
    }

    #[test]
    fn vectors_of_tokens_that_cannot_be_are_refused() {
        let late = |changes: serde_json::Value| {
            let mut late = json!({
                "dim": 2, "query": {"marker": 1, "max_length": 8}, "document": {"max_length": 8},
                "expansion": {"token": 8, "attended": false}, "skipped": [3, 5]
            });
            for (name, change) in changes.as_object().unwrap() {
                late[name] = change.clone();
            }
            json!({"dim": 0, "classes": null, "entailment": null, "late_interaction": late})
        };
        for right in [
            late(json!({})),
            late(json!({"expansion": null})),
            json!({"layers": 2, "hidden_size": 4}),
        ] {
            assert_eq!(part(right.clone()).check(), Ok(()), "{right}");
        }
        for wrong in [
            json!({"layers": 2}),
            late(json!({"dim": 0})),
            late(json!({"query": {"max_length": 0}})),
            late(json!({"document": {"max_length": 1_u64 << 40}})),
            late(json!({"query": {"marker": 9, "max_length": 8}})),
            late(json!({"expansion": {"token": 9, "attended": true}})),
            late(json!({"skipped": [5, 3]})),
        ] {
            assert!(part(wrong.clone()).check().is_err(), "{wrong}");
        }
    }
}
