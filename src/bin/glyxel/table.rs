//! Columns of a terminal: how wide texts are there, and how they are cut.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// On one line and at most `width` columns wide, with an ellipsis for what is cut off.
pub fn cut(text: &str, width: usize) -> String {
    // Tabs and line ends would break the table, and escape sequences do worse.
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if plain.width() <= width {
        return plain;
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in plain.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(c);
    }
    format!("{}…", cut.trim_end())
}

/// Filled up with spaces to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

pub fn width(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_a_terminal_shows_them() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer than that", 8), "longer…");
        assert_eq!(cut("日本語の文", 10), "日本語の文");
        assert_eq!(cut("日本語の文", 8), "日本語…");
        assert_eq!(pad("日本", 6), "日本  ");
        assert_eq!(cut("a\tb\x1b[0m", 20), "a b [0m");
        assert_eq!(cut("", 0), "");
    }
}
