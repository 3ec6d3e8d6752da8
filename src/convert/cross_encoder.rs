//! What sentence-transformers' CrossEncoder makes of a head with one logit.

use serde_json::{Map, Value as Json};

use crate::bundle::Activation;
use crate::error::{Error, Result};

/// Its activation: as `saved` with a CrossEncoder's own settings, else by `config.json` as newer and as older versions wrote it
/// there, else a sigmoid.
pub fn activation(saved: Option<&str>, config: &Map<String, Json>) -> Result<Activation> {
    let newer = || config.get("sentence_transformers")?.get("activation_fn");
    let older = || config.get("sbert_ce_default_activation_function");
    match saved.or_else(|| newer().or_else(older)?.as_str()) {
        // A class that is not torch's would be code of the repository's own: CrossEncoder, too, passes over it.
        Some(class) if class.starts_with("torch.") => match class.rsplit('.').next() {
            Some("Identity") => Ok(Activation::None),
            Some("Sigmoid") => Ok(Activation::Sigmoid),
            _ => Err(Error::Unsupported(format!(
                "the CrossEncoder's activation_fn {class:?} is not implemented; Identity and Sigmoid are"
            ))),
        },
        _ => Ok(Activation::Sigmoid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chosen(saved: Option<&str>, config: Json) -> Result<Activation> {
        activation(saved, config.as_object().unwrap())
    }

    #[test]
    fn every_version_of_the_files_is_read() {
        const IDENTITY: &str = "torch.nn.modules.linear.Identity";
        const SIGMOID: &str = "torch.nn.modules.activation.Sigmoid";
        let none = Ok::<_, ()>(Activation::None);
        let newer = json!({"sentence_transformers": {"activation_fn": IDENTITY}, "sbert_ce_default_activation_function": SIGMOID});
        let older = json!({"sbert_ce_default_activation_function": IDENTITY});
        assert_eq!(chosen(Some(IDENTITY), json!({})).map_err(drop), none);
        assert_eq!(chosen(None, newer.clone()).map_err(drop), none);
        assert_eq!(chosen(None, older).map_err(drop), none);
        for sigmoid in [
            chosen(Some(SIGMOID), newer),
            chosen(None, json!({})),
            chosen(None, json!({"sbert_ce_default_activation_function": null})),
            chosen(Some("custom.Activation"), json!({})),
        ] {
            assert_eq!(sigmoid.map_err(drop), Ok(Activation::Sigmoid));
        }
        let other = chosen(Some("torch.nn.modules.activation.Tanh"), json!({}));
        assert!(matches!(other, Err(Error::Unsupported(s)) if s.contains("Tanh")));
    }
}
