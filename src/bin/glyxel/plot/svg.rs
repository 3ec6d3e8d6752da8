//! A drawing as SVG: texts stay texts, in a font of whoever looks at it.

use std::fmt::Write;

use super::{Anchor, Drawing, Item};

const FONTS: &str = "Ubuntu, 'Noto Sans', 'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif";

pub fn write(drawing: &Drawing) -> String {
    let (width, height) = (drawing.width, drawing.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\n"
    );
    for item in &drawing.items {
        // Writing to a string cannot fail.
        let _ = match item {
            Item::Box {
                x,
                y,
                width,
                height,
                fill,
            } => writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>",
                fill.hex()
            ),
            Item::Text {
                x,
                y,
                anchor,
                size,
                fill,
                text,
            } => {
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                writeln!(
                    svg,
                    "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{}\" xml:space=\"preserve\">{}</text>",
                    fill.hex(),
                    escape(text)
                )
            }
        };
    }
    svg + "</svg>\n"
}

/// XML knows no control characters, not even escaped, and no U+FFFE and U+FFFF.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_forbids_is_escaped_or_replaced() {
        assert_eq!(
            super::escape("a<b>&\"\u{1}\u{ffff}é"),
            "a&lt;b&gt;&amp;&quot; \u{fffd}é"
        );
    }
}
