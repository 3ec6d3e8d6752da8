//! Hidden states → one vector, and how `1_Pooling/config.json` says it.

use serde::Deserialize;
use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::models::blocks::positions;

/// How the hidden states of a text become one vector; several modes are concatenated.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooling {
    pub modes: Vec<Mode>,
    /// False: the tokens of the prompt are left out.
    pub include_prompt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Cls,
    Max,
    Mean,
    MeanSqrtLen,
    WeightedMean,
    LastToken,
}

impl Mode {
    pub fn by_name(name: &str) -> Result<Self> {
        Ok(match name {
            "cls" => Mode::Cls,
            "max" => Mode::Max,
            "mean" => Mode::Mean,
            "mean_sqrt_len_tokens" => Mode::MeanSqrtLen,
            "weightedmean" => Mode::WeightedMean,
            "lasttoken" => Mode::LastToken,
            _ => {
                return Err(Error::Unsupported(format!(
                    "the pooling mode {name:?} is not known; these are: cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken"
                )))
            }
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Mode::Cls => "cls",
            Mode::Max => "max",
            Mode::Mean => "mean",
            Mode::MeanSqrtLen => "mean_sqrt_len_tokens",
            Mode::WeightedMean => "weightedmean",
            Mode::LastToken => "lasttoken",
        }
    }

    /// hidden: (batch, tokens, hidden size); mask: (batch, tokens), 1 for a token that counts.
    fn forward(self, hidden: &Tensor, mask: Option<&Tensor>) -> Tensor {
        // (batch, tokens, 1), so that it broadcasts over the hidden size.
        let weights = mask
            .map_or_else(|| hidden.select(2, 0).ones_like(), |m| m.to_kind(Kind::Float))
            .unsqueeze(-1);
        let sum = |weights: &Tensor| (hidden * weights).sum_dim_intlist(1, false, Kind::Float);
        let total = |weights: &Tensor| weights.sum_dim_intlist(1, false, Kind::Float).clamp_min(1e-9);
        // (batch) positions → (batch, hidden size): the states there.
        let at = |index: Tensor| {
            let index = index.unsqueeze(-1).unsqueeze(-1).expand_as(&hidden.narrow(1, 0, 1));
            hidden.gather(1, &index, false).squeeze_dim(1)
        };
        let counted = || weights.squeeze_dim(-1);
        match self {
            Mode::Cls => match mask {
                None => hidden.select(1, 0),
                Some(_) => at(counted().argmax(1, false)),
            },
            Mode::Max => match mask {
                None => hidden.amax([1], false),
                Some(_) => hidden.masked_fill(&weights.eq(0.), f64::NEG_INFINITY).amax([1], false),
            },
            Mode::Mean => sum(&weights) / total(&weights),
            Mode::MeanSqrtLen => sum(&weights) / total(&weights).sqrt(),
            Mode::WeightedMean => {
                let weights = (positions(&counted()) + 1).to_kind(Kind::Float).unsqueeze(-1) * &weights;
                sum(&weights) / total(&weights)
            }
            Mode::LastToken => at(((positions(&counted()) + 1) * counted()).argmax(1, false)),
        }
    }
}

impl Pooling {
    /// What a folder without modules.json gets, as in sentence-transformers.
    pub fn mean() -> Self {
        Pooling {
            modes: vec![Mode::Mean],
            include_prompt: true,
        }
    }

    /// From `1_Pooling/config.json`, in today's form or with the older flags, one for each mode.
    pub fn from_json(file: &str, bytes: &[u8], hidden_size: i64) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMore {
            One(String),
            More(Vec<String>),
        }
        #[derive(Deserialize)]
        struct File {
            #[serde(alias = "word_embedding_dimension")]
            embedding_dimension: Option<i64>,
            pooling_mode: Option<OneOrMore>,
            #[serde(default = "yes")]
            include_prompt: bool,
            #[serde(flatten)]
            flags: serde_json::Map<String, serde_json::Value>,
        }
        fn yes() -> bool {
            true
        }
        let config: File = serde_json::from_slice(bytes)
            .map_err(|e| Error::BadModel(format!("{file} is not a pooling configuration: {e}")))?;
        if let Some(dimension) = config.embedding_dimension.filter(|d| *d != hidden_size) {
            return Err(Error::BadModel(format!(
                "{file} pools vectors of {dimension} values, but the transformer's hidden size is {hidden_size}"
            )));
        }
        // In the order in which sentence-transformers concatenates them.
        const FLAGS: [(&str, Mode); 6] = [
            ("pooling_mode_cls_token", Mode::Cls),
            ("pooling_mode_max_tokens", Mode::Max),
            ("pooling_mode_mean_tokens", Mode::Mean),
            ("pooling_mode_mean_sqrt_len_tokens", Mode::MeanSqrtLen),
            ("pooling_mode_weightedmean_tokens", Mode::WeightedMean),
            ("pooling_mode_lasttoken", Mode::LastToken),
        ];
        let unknown = config.flags.iter().find(|(flag, on)| {
            flag.starts_with("pooling_mode_")
                && on.as_bool() == Some(true)
                && !FLAGS.iter().any(|(known, _)| known == flag)
        });
        if let Some((flag, _)) = unknown {
            return Err(Error::Unsupported(format!("{file}: {flag} is not implemented")));
        }
        let flagged = |flag: &str| config.flags.get(flag).and_then(|v| v.as_bool()) == Some(true);
        let modes = match config.pooling_mode {
            Some(OneOrMore::One(name)) => vec![Mode::by_name(&name)?],
            Some(OneOrMore::More(names)) => names.iter().map(|n| Mode::by_name(n)).collect::<Result<_>>()?,
            None if FLAGS.iter().any(|(flag, _)| flagged(flag)) => FLAGS
                .iter()
                .filter(|(flag, _)| flagged(flag))
                .map(|(_, mode)| *mode)
                .collect(),
            None => vec![Mode::Mean],
        };
        if modes.is_empty() {
            return Err(Error::BadModel(format!("{file} names no pooling mode")));
        }
        Ok(Pooling {
            modes,
            include_prompt: config.include_prompt,
        })
    }

    pub(super) fn forward(&self, hidden: &Tensor, mask: Option<&Tensor>) -> Tensor {
        let pooled: Vec<Tensor> = self.modes.iter().map(|mode| mode.forward(hidden, mask)).collect();
        match pooled.as_slice() {
            [one] => one.shallow_clone(),
            more => Tensor::cat(more, -1),
        }
    }
}
