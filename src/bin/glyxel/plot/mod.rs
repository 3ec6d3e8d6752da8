//! Pictures: a drawing of boxes and texts, written as SVG or painted as PNG.

mod colour;
mod font;
mod heat_map;
mod png;
mod svg;

use std::io::Write;
use std::path::Path;

use colour::Colour;
pub use font::Font;
pub use heat_map::heat_map;

use crate::failure::{Failure, Outcome};
use crate::output::WholeFile;

/// All measures are whole pixels of the picture at its nominal size, so that edges are sharp.
pub struct Drawing {
    width: u32,
    height: u32,
    items: Vec<Item>,
}

enum Item {
    Box {
        x: u32,
        y: u32,
        width: u32,
        height: u32,
        fill: Colour,
    },
    Text {
        /// The left end, the middle or the right end of the base line, as `anchor` says.
        x: u32,
        y: u32,
        anchor: Anchor,
        size: f32,
        fill: Colour,
        text: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Svg,
    Png,
}

impl Format {
    pub fn of(path: &Path) -> Outcome<Self> {
        match path
            .extension()
            .and_then(|e| e.to_str())
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("svg") => Ok(Format::Svg),
            Some("png") => Ok(Format::Png),
            _ => Err(Failure::Usage(format!(
                "a plot is an SVG or a PNG: give {} a name that ends with .svg or .png",
                path.display()
            ))),
        }
    }
}

impl Drawing {
    pub fn write(&self, format: Format, font: &Font, file: &mut WholeFile) -> Outcome<()> {
        let bytes = match format {
            Format::Svg => svg::write(self).into_bytes(),
            Format::Png => png::paint(self, font)?,
        };
        file.write_all(&bytes).map_err(|e| Failure::writing("the plot", &e))
    }
}
