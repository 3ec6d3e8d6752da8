//! A drawing as PNG, painted with the program's own fonts at twice the nominal size, as screens of today want it.

use super::colour::{Colour, WHITE};
use super::{Anchor, Drawing, Font, Item};
use crate::failure::{Failure, Outcome};

const SCALE: u32 = 2;

pub fn paint(drawing: &Drawing, font: &Font) -> Outcome<Vec<u8>> {
    let mut canvas = Canvas::new(drawing.width * SCALE, drawing.height * SCALE)?;
    for item in &drawing.items {
        match item {
            Item::Box {
                x,
                y,
                width,
                height,
                fill,
            } => canvas.fill([x, y, width, height].map(|v| v * SCALE), *fill),
            Item::Text {
                x,
                y,
                anchor,
                size,
                fill,
                text,
            } => {
                let size = size * SCALE as f32;
                let before = match anchor {
                    Anchor::Start => 0.,
                    Anchor::Middle => font.width(text, size) / 2.,
                    Anchor::End => font.width(text, size),
                };
                let (x, y) = ((x * SCALE) as f32 - before, (y * SCALE) as f32);
                font.draw(text, size, x, y, |x, y, covered| canvas.blend(x, y, *fill, covered));
            }
        }
    }
    canvas.encode()
}

struct Canvas {
    width: u32,
    height: u32,
    /// Rows of RGB.
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: u32, height: u32) -> Outcome<Self> {
        let len = width as usize * height as usize * 3;
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(len).map_err(|_| {
            Failure::Failed(format!(
                "there is no memory for a picture of {width} × {height}; write an SVG"
            ))
        })?;
        pixels.resize(len, WHITE.0[0]);
        Ok(Self { width, height, pixels })
    }

    fn pixel(&mut self, x: u32, y: u32) -> Option<&mut [u8]> {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        (x < self.width).then(|| self.pixels.get_mut(at..at + 3)).flatten()
    }

    fn fill(&mut self, [x, y, width, height]: [u32; 4], colour: Colour) {
        for row in y..y + height {
            for column in x..x + width {
                if let Some(pixel) = self.pixel(column, row) {
                    pixel.copy_from_slice(&colour.0);
                }
            }
        }
    }

    fn blend(&mut self, x: i32, y: i32, colour: Colour, covered: f32) {
        // A light weight blended as it is looks thinner than it is.
        let covered = covered.clamp(0., 1.).powf(0.75);
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        if let Some(pixel) = place.and_then(|(x, y)| self.pixel(x, y)) {
            for (value, ink) in pixel.iter_mut().zip(colour.0) {
                *value = (f32::from(*value) * (1. - covered) + f32::from(ink) * covered).round() as u8;
            }
        }
    }

    fn encode(&self) -> Outcome<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| {
                writer.write_image_data(&self.pixels)?;
                writer.finish()
            })
            .map_err(|e| Failure::Failed(format!("the picture cannot be written as PNG: {e}")))?;
        Ok(bytes)
    }
}
