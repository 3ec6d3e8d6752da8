//! Which text a setting takes, and what it means.

use super::wrong::wrong_value;
use crate::error::{Error, Result};

/// No side of a prepared picture is longer: far above what any encoder of images is run with.
pub const LARGEST_SIDE: u32 = 4096;
const PRECISIONS: [&str; 5] = ["f32", "bf16", "f16", "int8", "auto"];

pub fn device(name: &str, value: &str) -> Result<String> {
    let known = match value.strip_prefix("cuda:") {
        Some(index) => index.bytes().all(|b| b.is_ascii_digit()) && index.parse::<u8>().is_ok_and(|n| n < 128),
        None => matches!(value, "cpu" | "cuda" | "auto"),
    };
    known
        .then(|| value.to_owned())
        .ok_or_else(|| wrong_value(name, value, "cpu, cuda, cuda:N or auto"))
}

pub fn precision(name: &str, value: &str) -> Result<String> {
    let known = PRECISIONS.contains(&value).then(|| value.to_owned());
    known.ok_or_else(|| wrong_value(name, value, "f32, bf16, f16, int8 or auto"))
}

pub fn boolean(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| wrong_value(name, value, "true or false"))
}

pub fn number(name: &str, value: &str) -> Result<usize> {
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    match value.parse() {
        Ok(n) if digits && n > 0 => Ok(n),
        _ => Err(wrong_value(name, value, "a whole number greater than 0")),
    }
}

/// `224`, or height and width: `224x320`.
pub fn size(name: &str, value: &str) -> Result<(u32, u32)> {
    let (height, width) = value.split_once('x').unwrap_or((value, value));
    let side = |side: &str| match number(name, side) {
        Ok(n) if n <= LARGEST_SIDE as usize => Ok(n as u32),
        _ => Err(wrong_value(
            name,
            value,
            &format!("a side, such as 384, or height and width, such as 384x512, of at most {LARGEST_SIDE}"),
        )),
    };
    Ok((side(height)?, side(width)?))
}

/// A value that becomes part of a path or a request, where a NUL byte has no place.
pub fn text(name: &str, value: &str) -> Result<Option<String>> {
    if value.contains('\0') {
        return Err(Error::InvalidArgument(format!(
            "the value of {name} holds a NUL character; give it without one"
        )));
    }
    Ok((!value.is_empty()).then(|| value.to_owned()))
}
