//! The fonts that are part of the program: Ubuntu Light for Latin, Greek and Cyrillic, Noto Emoji for emoji. What they
//! lack cannot be drawn, only written into an SVG.

use ab_glyph::{Font as _, FontRef, Glyph, GlyphId, PxScale, ScaleFont};
use epaint_default_fonts::{NOTO_EMOJI_REGULAR, UBUNTU_LIGHT};
use unicode_width::UnicodeWidthChar;

use crate::failure::{Failure, Outcome};

pub struct Font(Vec<FontRef<'static>>);

impl Font {
    pub fn load() -> Outcome<Self> {
        let load =
            |bytes| FontRef::try_from_slice(bytes).map_err(|e| Failure::Failed(format!("a font is damaged: {e}")));
        Ok(Self(
            [UBUNTU_LIGHT, NOTO_EMOJI_REGULAR]
                .into_iter()
                .map(load)
                .collect::<Outcome<_>>()?,
        ))
    }

    /// Whether every visible character has a glyph.
    pub fn covers(&self, text: &str) -> bool {
        text.chars().all(|c| self.find(c).is_some() || invisible(c))
    }

    /// What `text` takes in width, exactly where there are glyphs and nearly elsewhere.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(c, size)).sum()
    }

    /// `text` cut to a width, with an ellipsis.
    pub fn cut(&self, text: &str, size: f32, width: f32) -> String {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if self.width(&plain, size) <= width {
            return plain;
        }
        let mut used = self.advance('…', size);
        let kept: String = plain
            .chars()
            .take_while(|c| {
                used += self.advance(*c, size);
                used <= width
            })
            .collect();
        format!("{}…", kept.trim_end())
    }

    /// Draws from the left end of the base line: calls `pixel` with how much of each is covered.
    pub fn draw(&self, text: &str, size: f32, x: f32, y: f32, mut pixel: impl FnMut(i32, i32, f32)) {
        let mut x = x;
        for c in text.chars() {
            if let Some((font, id)) = self.find(c) {
                let glyph: Glyph = id.with_scale_and_position(scale(font, size), ab_glyph::point(x, y));
                if let Some(outline) = font.outline_glyph(glyph) {
                    let bounds = outline.px_bounds();
                    outline.draw(|column, row, covered| {
                        pixel(
                            bounds.min.x as i32 + column as i32,
                            bounds.min.y as i32 + row as i32,
                            covered,
                        );
                    });
                }
            }
            x += self.advance(c, size);
        }
    }

    fn find(&self, c: char) -> Option<(&FontRef<'static>, GlyphId)> {
        self.0
            .iter()
            .map(|font| (font, font.glyph_id(c)))
            .find(|(_, id)| id.0 != 0)
    }

    fn advance(&self, c: char, size: f32) -> f32 {
        match self.find(c) {
            _ if invisible(c) => 0.,
            Some((font, id)) => font.as_scaled(scale(font, size)).h_advance(id),
            None => size * 0.5 * c.width().unwrap_or(0) as f32,
        }
    }
}

/// `size` is that of the em square, as in SVG; ab_glyph wants a line's height.
fn scale(font: &FontRef, size: f32) -> PxScale {
    let em = font.units_per_em().unwrap_or(1000.);
    PxScale::from(size * font.height_unscaled() / em)
}

/// Joiners and variation selectors: they change what stands beside them, where a font knows how.
fn invisible(c: char) -> bool {
    c.width() == Some(0) && matches!(c, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{2060}' | '\u{feff}')
}
