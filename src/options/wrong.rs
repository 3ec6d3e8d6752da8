//! What is said of a name or a value that is not possible: what is, and which name was meant.

use crate::error::Error;

pub fn wrong_value(name: &str, value: &str, allowed: &str) -> Error {
    Error::InvalidArgument(format!("{name} = {} is not possible; give {allowed}", quoted(value)))
}

pub fn unknown_name(kind: &str, name: &str, known: &[&str]) -> Error {
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(k, &clipped(name).to_lowercase()), *k))
        .collect();
    near.retain(|(distance, k)| *distance <= k.len().div_ceil(3) || (name.len() > 2 && k.contains(name)));
    near.sort();
    let hint = match near.as_slice() {
        [] => format!("there are: {}", known.join(", ")),
        near => format!(
            "did you mean {}?",
            near.iter().map(|(_, k)| *k).collect::<Vec<_>>().join(" or ")
        ),
    };
    Error::InvalidArgument(format!("there is no {kind} {}; {hint}", quoted(name)))
}

/// As it is shown in an error: escaped, and short whatever the caller gave.
fn quoted(value: &str) -> String {
    let short = clipped(value);
    format!("{short:?}{}", if short.len() < value.len() { " …" } else { "" })
}

fn clipped(value: &str) -> &str {
    value.char_indices().nth(64).map_or(value, |(end, _)| &value[..end])
}
