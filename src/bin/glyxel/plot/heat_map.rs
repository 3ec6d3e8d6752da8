//! A matrix of similarities as a drawing: rows with their texts, columns by number, a scale beside them.

use super::colour::{Colour, FAINT, INK, WHITE};
use super::{Anchor, Drawing, Font, Format, Item};

const MARGIN: u32 = 28;
/// The most that a label takes.
const LABEL: f32 = 340.;
const LABEL_SIZE: f32 = 14.;
/// Fonts of others than ours may be wider.
const SPARE: f32 = 1.12;
/// Cells smaller than this hold no number; those smaller than the next have no labels of their own.
const NUMBERED: u32 = 34;
const LABELLED: u32 = 15;
const SCALE_WIDTH: u32 = 16;
const SCALE_STEPS: u32 = 128;

/// `values`: n × n. In a PNG a label with characters that the font lacks is left out: its row still has its number.
pub fn heat_map(title: &str, labels: &[String], values: &[f32], format: Format, font: &Font) -> Drawing {
    let n = labels.len() as u32;
    let cell = match n {
        0..=8 => 58,
        9..=16 => 44,
        17..=24 => NUMBERED,
        _ => (860 / n).clamp(2, 28),
    };
    let labelled = cell >= LABELLED;
    let size = LABEL_SIZE.min(cell as f32 * 0.8);
    let shown: Vec<String> = labels
        .iter()
        .map(
            |label| match labelled && (format == Format::Svg || font.covers(label)) {
                true => font.cut(label, size, LABEL),
                false => String::new(),
            },
        )
        .collect();
    let widest = shown.iter().map(|label| font.width(label, size)).fold(0., f32::max);
    let number = font.width(&n.to_string(), size).ceil() as u32 + 12;
    let left = MARGIN + (widest * SPARE).ceil() as u32 + number + if widest > 0. { 12 } else { 0 };
    let top = MARGIN + 58;
    let side = cell * n;
    let right = left + side;
    let lowest = lowest(values);

    let mut drawing = Drawing {
        width: right + 24 + SCALE_WIDTH + 48 + MARGIN,
        height: top + side.max(120) + MARGIN,
        items: Vec::new(),
    };
    drawing.fill(0, 0, drawing.width, drawing.height, WHITE);
    let room = (drawing.width - 2 * MARGIN) as f32;
    drawing.text(MARGIN, MARGIN + 14, Anchor::Start, 19., INK, font.cut(title, 19., room));

    // Some numbers, where not all fit.
    let step = [1, 5, 10, 50, 100, 500]
        .into_iter()
        .find(|step| step * cell >= LABELLED)
        .unwrap_or(1000);
    let middle = |i: u32| i * cell + cell / 2;
    let base = |size: f32| (size * 0.36).round() as u32;
    for (i, label) in (0..n).zip(shown) {
        if (i + 1) % step == 0 || step == 1 {
            let y = top + middle(i) + base(size.max(10.));
            drawing.text(left - 10, y, Anchor::End, size.max(10.), FAINT, (i + 1).to_string());
            drawing.text(
                left + middle(i),
                top - 10,
                Anchor::Middle,
                size.max(10.),
                FAINT,
                (i + 1).to_string(),
            );
        }
        drawing.text(
            left - 10 - number,
            top + middle(i) + base(size),
            Anchor::End,
            size,
            INK,
            label,
        );
    }

    // A thin gap sets large cells apart.
    let gap = if cell >= LABELLED { 1 } else { 0 };
    for (at, value) in (0..).zip(values) {
        let (x, y) = (left + at % n * cell, top + at / n * cell);
        let t = (value - lowest) / (1. - lowest);
        drawing.fill(x, y, cell - gap, cell - gap, Colour::scale(t));
        if cell >= NUMBERED {
            let size = (cell as f32 * 0.32).min(15.);
            let y = y + (cell - gap) / 2 + base(size);
            drawing.text(
                x + (cell - gap) / 2,
                y,
                Anchor::Middle,
                size,
                Colour::on_scale(t),
                format!("{value:.2}"),
            );
        }
    }
    drawing.scale(right + 24, top, side.max(120), lowest);
    drawing
}

/// Where the scale begins: the lowest value, down to a tenth. Models differ much in it.
fn lowest(values: &[f32]) -> f32 {
    let lowest = values.iter().copied().filter(|v| v.is_finite()).fold(0.9, f32::min);
    (lowest * 10.).floor() / 10.
}

impl Drawing {
    fn fill(&mut self, x: u32, y: u32, width: u32, height: u32, fill: Colour) {
        self.items.push(Item::Box {
            x,
            y,
            width,
            height,
            fill,
        });
    }

    fn text(&mut self, x: u32, y: u32, anchor: Anchor, size: f32, fill: Colour, text: String) {
        if !text.is_empty() {
            self.items.push(Item::Text {
                x,
                y,
                anchor,
                size,
                fill,
                text,
            });
        }
    }

    /// The legend: from `lowest` at the bottom to 1 at the top.
    fn scale(&mut self, x: u32, top: u32, height: u32, lowest: f32) {
        let steps = SCALE_STEPS.min(height);
        let edge = |step: u32| top + height * step / steps;
        for step in 0..steps {
            let t = 1. - step as f32 / (steps - 1).max(1) as f32;
            self.fill(
                x,
                edge(step),
                SCALE_WIDTH,
                edge(step + 1) - edge(step),
                Colour::scale(t),
            );
        }
        let tenths = ((1. - lowest) * 10.).round().max(1.) as u32;
        let every = tenths.div_ceil((height / 30).clamp(1, 10));
        for tenth in (0..=tenths).filter(|tenth| (tenths - tenth).is_multiple_of(every)) {
            let y = top + height - height * tenth / tenths;
            self.fill(x + SCALE_WIDTH, y - if tenth == 0 { 1 } else { 0 }, 4, 1, FAINT);
            let value = format!("{:.1}", lowest + tenth as f32 / 10.);
            self.text(x + SCALE_WIDTH + 9, y + 4, Anchor::Start, 12., FAINT, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_texts_and_any_values_make_a_drawing_that_all_is_inside_of() {
        let font = Font::load().unwrap_or_else(|_| panic!("the fonts"));
        for n in [1, 2, 20, 70, 400] {
            let labels: Vec<String> = (0..n)
                .map(|i| format!("{i} <日本語> 😀 {}", "long ".repeat(i)))
                .collect();
            let values: Vec<f32> = (0..n * n).map(|i| [1., -1., 0.3, f32::NAN][i % 4]).collect();
            for format in [Format::Svg, Format::Png] {
                let drawing = heat_map("A title", &labels, &values, format, &font);
                for item in &drawing.items {
                    let (x, y) = match item {
                        Item::Box {
                            x, y, width, height, ..
                        } => (x + width, y + height),
                        Item::Text { x, y, .. } => (*x, *y),
                    };
                    assert!(x <= drawing.width && y <= drawing.height, "{n}");
                }
            }
        }
    }
}
