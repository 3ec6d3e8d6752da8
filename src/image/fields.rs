//! A configuration of pictures, read field by field.

use serde_json::{Map, Value};

use super::preprocessing::{Filter, Size};
use crate::error::{Error, Result};

/// What a size may be.
const SIZES: &str = "a length in pixels, nor lengths named height and width, shortest_edge (and longest_edge), or max_height and max_width";

pub struct Fields<'a> {
    /// The file and the part of it, for messages.
    place: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub fn new(place: &'a str, fields: &'a Map<String, Value>) -> Self {
        Self { place, fields }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// `null` is absent.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub fn wrong(&self, name: &str, wanted: &str) -> Error {
        let value = self.get(name).unwrap_or(&Value::Null);
        Error::BadModel(format!("{}: {name} is {value}, not {wanted}", self.place))
    }

    pub fn unsupported(&self, name: &str, why: &str) -> Error {
        let value = self.get(name).unwrap_or(&Value::Null);
        Error::Unsupported(format!("{}: {name} = {value} is not implemented: {why}", self.place))
    }

    /// Here `null` is false: in Python, `None` takes the default's place.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool> {
        match self.fields.get(name) {
            None => Ok(default),
            Some(Value::Null) => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(name, "true or false")),
        }
    }

    pub fn number(&self, name: &str, default: f64) -> Result<f64> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => value.as_f64().ok_or_else(|| self.wrong(name, "a number")),
        }
    }

    pub fn string(&self, name: &str) -> Result<Option<&'a str>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| self.wrong(name, "a string")),
        }
    }

    /// A number for each channel, or one for all.
    pub fn triple(&self, name: &str, default: [f64; 3]) -> Result<[f64; 3]> {
        let numbers = |value: &Value| match value.as_array() {
            None => value.as_f64().map(|number| [number; 3]),
            Some(list) => {
                let numbers: Option<Vec<f64>> = list.iter().map(Value::as_f64).collect();
                numbers?.try_into().ok()
            }
        };
        match self.get(name) {
            None => Ok(default),
            Some(value) => numbers(value).ok_or_else(|| self.wrong(name, "three numbers")),
        }
    }

    /// Pillow's number of a filter, or its name.
    pub fn filter(&self, name: &str, default: Filter) -> Result<Filter> {
        use Filter::*;
        const FILTERS: [(&str, Filter); 6] = [
            ("nearest", Nearest),
            ("lanczos", Lanczos),
            ("bilinear", Bilinear),
            ("bicubic", Bicubic),
            ("box", Box),
            ("hamming", Hamming),
        ];
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        let found = match value.as_str() {
            Some(filter) => FILTERS.iter().find(|(known, _)| filter.eq_ignore_ascii_case(known)),
            None => value
                .as_u64()
                .and_then(|number| FILTERS.get(usize::try_from(number).ok()?)),
        };
        let known = || {
            self.wrong(
                name,
                "one of Pillow's filters: nearest 0, lanczos 1, bilinear 2, bicubic 3, box 4, hamming 5",
            )
        };
        found.map(|(_, filter)| *filter).ok_or_else(known)
    }

    /// Lengths in pixels under a field: `[height, width]` or `[channels, height, width]`.
    pub fn lengths<const N: usize>(&self, name: &str) -> Result<Option<[u32; N]>> {
        let lengths = |list: &Vec<Value>| {
            let lengths: Option<Vec<u32>> = list.iter().map(length).collect();
            lengths?.try_into().ok()
        };
        let wrong = || self.wrong(name, &format!("{N} lengths in pixels"));
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_array().and_then(lengths).map(Some).ok_or_else(wrong),
        }
    }

    /// A size as `transformers` gives it: one length, two, or an object that names them. One is that of a square's side, or of
    /// the shorter side.
    pub fn size(&self, name: &str, square: bool) -> Result<Option<Size>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        if value.is_array() {
            let lengths = self.lengths::<2>(name)?;
            return Ok(lengths.map(|[height, width]| Size::Exact { height, width }));
        }
        if let Some(edge) = length(value) {
            return Ok(Some(match square {
                true => Size::Exact {
                    height: edge,
                    width: edge,
                },
                false => Size::Shortest { edge },
            }));
        }
        let object = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null());
        let lengths: Vec<_> = object.map(|(name, value)| (name.as_str(), length(value))).collect();
        let one = |name: &str| {
            lengths
                .iter()
                .find(|(known, _)| *known == name)
                .and_then(|(_, length)| *length)
        };
        let named = |first: &str, second: &str| Some((one(first)?, one(second)?)).filter(|_| lengths.len() == 2);
        let shortest = || one("shortest_edge").filter(|_| lengths.len() == 1);
        None.or_else(|| named("height", "width").map(|(height, width)| Size::Exact { height, width }))
            .or_else(|| shortest().map(|edge| Size::Shortest { edge }))
            .or_else(|| {
                named("shortest_edge", "longest_edge").map(|(edge, longest)| Size::ShortestWithin { edge, longest })
            })
            .or_else(|| named("max_height", "max_width").map(|(height, width)| Size::Within { height, width }))
            .map(Some)
            .ok_or_else(|| self.wrong(name, SIZES))
    }
}

fn length(value: &Value) -> Option<u32> {
    value.as_u64()?.try_into().ok()
}
