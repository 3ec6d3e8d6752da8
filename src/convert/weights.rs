//! A checkpoint's weights → a definition's variables.

use std::collections::{BTreeMap, BTreeSet};

use tch::{nn, Kind, Tensor};

use crate::control::Call;
use crate::error::{Error, Result};
use crate::models::{must_be_stored, Stored, WeightNames};
use crate::source::Weights;

/// How the variables of the modules behind the transformer begin, then comes the module's place.
pub const MODULE: &str = "module_";

/// What a definition may know of the weights before it has them.
pub fn stored(weights: &Weights) -> Stored {
    Stored {
        values: weights.values(),
        names: weights.names().map(str::to_string).collect(),
    }
}

/// Every precision that the weights are stored in.
pub fn dtypes(weights: &Weights) -> String {
    let kinds: BTreeSet<String> = weights.names().filter_map(|name| weights.dtype(name)).collect();
    kinds.into_iter().collect::<Vec<_>>().join(", ")
}

/// Copies a checkpoint's weights into the variables under `path` (`None`: those that belong to no module), and returns
/// those that the checkpoint keeps in another precision than f32, as they are there.
pub fn load(
    store: &nn::VarStore,
    path: Option<&str>,
    weights: &Weights,
    names: &WeightNames,
    call: &Call,
) -> Result<BTreeMap<String, Tensor>> {
    let under = |name: &str| match path {
        Some(path) => name
            .strip_prefix(path)
            .and_then(|n| n.strip_prefix('.'))
            .map(str::to_string),
        None => (!name.starts_with(MODULE)).then(|| name.to_string()),
    };
    let mut variables: BTreeMap<String, (String, Tensor)> = store
        .variables()
        .into_iter()
        .filter_map(|(full, variable)| under(&full).map(|name| (name, (full, variable))))
        .collect();
    let mut wanted: BTreeSet<String> = variables.keys().cloned().collect();
    let there: BTreeSet<String> = weights.names().map(|name| names.own(name, &wanted)).collect();
    wanted.retain(|name| there.contains(name) || variables.get(name).is_none_or(|(_, v)| must_be_stored(name, v)));
    let mut stored = BTreeMap::new();
    for (name, theirs) in names.assign(&wanted, weights.names())? {
        call.check()?;
        let Some((full, variable)) = variables.get_mut(&name) else {
            continue;
        };
        let tensor = weights.tensor(theirs)?;
        if tensor.size() != variable.size() {
            return Err(Error::BadModel(format!(
                "the weights do not fit config.json: {theirs} is {:?}, but should be {:?}",
                tensor.size(),
                variable.size()
            )));
        }
        if !tensor.is_floating_point() {
            return Err(Error::Unsupported(format!(
                "the weight {theirs} is stored as {:?}; quantised checkpoints are not implemented",
                tensor.kind()
            )));
        }
        tch::no_grad(|| variable.f_copy_(&tensor))
            .map_err(|e| Error::Internal(format!("copying {theirs} failed: {e}")))?;
        if tensor.kind() != Kind::Float {
            stored.insert(full.clone(), tensor);
        }
        call.advance(1);
    }
    Ok(stored)
}
