//! The stages of a pyramid, as `transformers`' `config.json` lists them.

use serde_json::Value;

use super::Config;
use crate::error::Result;

/// Channels, and how many layers there are, of each stage.
pub fn stages(config: &Config, widths: &[i64], depths: &[i64]) -> Result<Vec<(i64, i64)>> {
    let widths = list(config, "hidden_sizes", widths)?;
    let depths = list(config, "depths", depths)?;
    if widths.len() != depths.len() {
        return Err(config.wrong("depths", "a list of as many numbers as hidden_sizes"));
    }
    Ok(widths.into_iter().zip(depths).collect())
}

pub fn list(config: &Config, name: &str, default: &[i64]) -> Result<Vec<i64>> {
    let Some(value) = config.given(name) else {
        return Ok(default.to_vec());
    };
    let number = |n: &Value| n.as_i64().filter(|n| (1..1 << 24).contains(n));
    value
        .as_array()
        .filter(|numbers| !numbers.is_empty())
        .and_then(|numbers| numbers.iter().map(number).collect())
        .ok_or_else(|| config.wrong(name, "a list of positive whole numbers"))
}
