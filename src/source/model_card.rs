//! What a model card (`README.md`) says in its header.

/// `license:` in the YAML header of a model card: a scalar, or the first of a list.
pub fn licence_of(card: &str) -> Option<String> {
    let mut lines = card.trim_start_matches('\u{feff}').lines().map(str::trim_end);
    if lines.next() != Some("---") {
        return None;
    }
    let mut header = lines.take_while(|line| *line != "---");
    let value = header.find_map(|line| line.strip_prefix("license:"))?.trim();
    let value = if value.is_empty() {
        header.next()?.trim_start().strip_prefix('-')?.trim()
    } else {
        value
    };
    let value = value.trim_matches(['"', '\'', '[', ']']);
    (!value.is_empty()).then(|| value.chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licence_is_the_cards() {
        for (card, licence) in [
            (
                "---\nlanguage: en\nlicense: apache-2.0\n---\n# A model",
                Some("apache-2.0"),
            ),
            ("---\r\nlicense: \"mit\"\r\n---\r\n", Some("mit")),
            ("---\nlicense:\n- cc-by-4.0\n- mit\n---", Some("cc-by-4.0")),
            ("---\nlicense:\n---\n", None),
            ("---\ntags: x\n---\nlicense: mit", None),
            ("license: mit", None),
            ("", None),
        ] {
            assert_eq!(licence_of(card).as_deref(), licence, "{card:?}");
        }
    }
}
