//! Which weight of a checkpoint is which weight of a definition.

use std::collections::{BTreeMap, BTreeSet};

use tch::Tensor;

use crate::error::{Error, Result};

/// How a family's checkpoints name weights beside those of its definition.
pub struct WeightNames {
    /// What checkpoints of task models put before the encoder's names.
    pub prefixes: &'static [&'static str],
    /// Beginnings of the names of heads, which an encoder does without.
    pub heads: &'static [&'static str],
    /// Ends of the names of buffers that old versions saved; they can be computed.
    pub buffers: &'static [&'static str],
}

impl WeightNames {
    fn without_prefix<'a>(&self, name: &'a str) -> &'a str {
        let found = self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
        found.unwrap_or(name)
    }

    /// The definition's name for a checkpoint's weight, if `wanted` has such a weight.
    pub fn own(&self, name: &str, wanted: &BTreeSet<String>) -> String {
        match self.without_prefix(name) {
            // A name of today may end like one of TensorFlow's: the gamma of a layer scale.
            own if wanted.contains(own) => own.to_string(),
            own => modern(own),
        }
    }

    fn does_without(&self, own: &str) -> bool {
        let is_buffer = |end: &&str| {
            own.strip_suffix(*end)
                .is_some_and(|stem| stem.is_empty() || stem.ends_with('.'))
        };
        self.buffers.iter().any(is_buffer) || self.heads.iter().any(|head| own.starts_with(head))
    }

    /// For each wanted name, the checkpoint's name for it. Every weight of the encoder has to be there and nothing may be
    /// left over, but for what `transformers` accepts too.
    pub fn assign<'a>(
        &self,
        wanted: &BTreeSet<String>,
        available: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, &'a str>> {
        let available: Vec<&str> = available.collect();
        let mut assigned = BTreeMap::new();
        let mut left_over = Vec::new();
        for name in available {
            let own = self.own(name, wanted);
            if wanted.contains(&own) {
                if let Some(twin) = assigned.insert(own.clone(), name) {
                    return Err(Error::BadModel(format!(
                        "the weights have {own} twice, as {twin} and as {name}"
                    )));
                }
            } else if !self.does_without(self.without_prefix(name)) {
                left_over.push(name);
            }
        }
        let missing: Vec<_> = wanted
            .iter()
            .filter(|name| !assigned.contains_key(*name))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() || !left_over.is_empty() {
            return Err(Error::BadModel(disagreement(&missing, &left_over)));
        }
        Ok(assigned)
    }
}

/// Whether a checkpoint has to have a variable. What is not trained the definition has computed, but for what training has
/// measured.
pub fn must_be_stored(name: &str, variable: &Tensor) -> bool {
    let measured = name.ends_with("running_mean") || name.ends_with("running_var");
    variable.requires_grad() || measured
}

/// TensorFlow's names for a layer norm's weights, which old checkpoints still carry.
fn modern(name: &str) -> String {
    match (name.strip_suffix(".gamma"), name.strip_suffix(".beta")) {
        (Some(stem), _) => format!("{stem}.weight"),
        (_, Some(stem)) => format!("{stem}.bias"),
        _ => name.to_string(),
    }
}

fn disagreement(missing: &[&str], left_over: &[&str]) -> String {
    let list = |what: &str, names: &[&str]| match names {
        [] => String::new(),
        _ => {
            let shown = names.iter().take(4).copied().collect::<Vec<_>>().join(", ");
            let more = if names.len() > 4 {
                format!(" and {} more", names.len() - 4)
            } else {
                String::new()
            };
            format!("; {what}: {shown}{more}")
        }
    };
    format!(
        "the weights do not fit config.json{}{}",
        list("missing", missing),
        list("left over", left_over)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: WeightNames = WeightNames {
        prefixes: &["bert."],
        heads: &["pooler.", "cls."],
        buffers: &["position_ids"],
    };

    fn assign(available: &[&'static str]) -> Result<BTreeMap<String, &'static str>> {
        let wanted = ["a.weight", "norm.weight", "norm.bias"].map(String::from).into();
        NAMES.assign(&wanted, available.iter().copied())
    }

    #[test]
    fn plain_prefixed_and_old_names() {
        assert_eq!(
            assign(&["a.weight", "norm.weight", "norm.bias"]).unwrap()["a.weight"],
            "a.weight"
        );
        let old = assign(&["bert.a.weight", "bert.norm.gamma", "bert.norm.beta", "cls.x"]).unwrap();
        assert_eq!(old["norm.weight"], "bert.norm.gamma");
        assert_eq!(NAMES.own("bert.norm.gamma", &BTreeSet::new()), "norm.weight");
        assert!(assign(&[
            "a.weight",
            "norm.gamma",
            "norm.beta",
            "embeddings.position_ids",
            "pooler.dense.weight"
        ])
        .is_ok());
    }

    #[test]
    fn missing_left_over_and_doubled_weights_are_named() {
        let error = assign(&["a.weight", "norm.weight", "stray"]).unwrap_err().to_string();
        assert!(
            error.contains("missing: norm.bias") && error.contains("left over: stray"),
            "{error}"
        );
        assert!(assign(&["a.weight", "norm.weight", "norm.gamma", "norm.bias"]).is_err());
        for stray in ["bert.stray", "linear.weight"] {
            assert!(
                assign(&["bert.a.weight", "bert.norm.weight", "bert.norm.bias", stray]).is_err(),
                "{stray}"
            );
        }
    }
}
