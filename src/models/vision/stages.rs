//! The stages of a pyramid, as `transformers`' `config.json` lists them.

use super::Config;
use crate::error::Result;

/// Channels, and how many layers there are, of each stage.
pub fn stages(config: &Config, widths: &[i64], depths: &[i64]) -> Result<Vec<(i64, i64)>> {
    let widths = config.list("hidden_sizes", widths, 1)?;
    let depths = config.list("depths", depths, 1)?;
    if widths.len() != depths.len() {
        return Err(config.wrong("depths", "a list of as many numbers as hidden_sizes"));
    }
    Ok(widths.into_iter().zip(depths).collect())
}
