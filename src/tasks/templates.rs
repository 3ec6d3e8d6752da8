//! What labels are put into in zero-shot tasks: a template and a label → a sentence that the model reads.

use crate::control::Call;
use crate::error::{Error, Result};

/// Each label in each template, a label's sentences side by side; `usual` where no template is given.
pub fn sentences(labels: &[String], templates: &[String], usual: &str, call: &Call) -> Result<Vec<String>> {
    let templates = match templates {
        [] => vec![Template::new(usual)?],
        given => given
            .iter()
            .map(|text| Template::new(text))
            .collect::<Result<Vec<_>>>()?,
    };
    let (n, m) = (labels.len(), templates.len());
    let mut sentences = Vec::new();
    let room = n.checked_mul(m).filter(|all| sentences.try_reserve_exact(*all).is_ok());
    room.ok_or_else(|| Error::OutOfMemory(format!("no memory for {n} labels in {m} templates; give fewer at once")))?;
    for label in labels {
        call.check()?;
        for template in &templates {
            sentences.push(template.fill(label)?);
        }
    }
    Ok(sentences)
}

/// A sentence with places for a label.
#[derive(Debug)]
struct Template<'a> {
    text: &'a str,
    places: usize,
}

impl<'a> Template<'a> {
    fn new(text: &'a str) -> Result<Self> {
        match text.matches("{}").count() {
            0 => Err(Error::InvalidArgument(format!(
                "the template {text:?} has no place for the label; put {{}} where it is to stand"
            ))),
            places => Ok(Self { text, places }),
        }
    }

    /// The label in its places.
    fn fill(&self, label: &str) -> Result<String> {
        // The caller chooses all three sizes, so there may be no memory for them together.
        let length = self
            .places
            .saturating_mul(label.len())
            .saturating_add(self.text.len() - 2 * self.places);
        let mut filled = String::new();
        filled.try_reserve_exact(length).map_err(|_| {
            Error::OutOfMemory(format!(
                "no memory for a template with a label of {} bytes in {} places: {length} bytes together",
                label.len(),
                self.places
            ))
        })?;
        for (i, part) in self.text.split("{}").enumerate() {
            if i > 0 {
                filled.push_str(label);
            }
            filled.push_str(part);
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_a_place_for_the_label() {
        let fill = |template, label| Template::new(template).and_then(|template| template.fill(label));
        assert_eq!(fill("a photo of {}.", "{} cats").unwrap(), "a photo of {} cats.");
        assert_eq!(fill("{}{} and {}", "a").unwrap(), "aa and a");
        // More than there are addresses.
        let (many, long) = ("{}".repeat(1 << 24), "x".repeat(1 << 24));
        assert!(matches!(fill(&many, &long), Err(Error::OutOfMemory(_))));
        for without in ["a photo", "", "{ }"] {
            assert!(matches!(Template::new(without), Err(Error::InvalidArgument(s)) if s.contains("{}")));
        }
    }

    #[test]
    fn a_labels_sentences_stand_side_by_side() {
        let strings = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        let call = Call::unwatched();
        let made =
            |labels: &[&str], templates: &[&str]| sentences(&strings(labels), &strings(templates), "the {}", &call);
        assert_eq!(
            made(&["a", "b"], &["{}!", "one {}"]).unwrap(),
            ["a!", "one a", "b!", "one b"]
        );
        assert_eq!(made(&["a", "b"], &[]).unwrap(), ["the a", "the b"]);
        // Even where there is nothing to put into it.
        assert!(made(&[], &["{}", "none"]).is_err());
    }
}
