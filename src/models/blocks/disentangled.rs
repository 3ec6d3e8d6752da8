//! DeBERTa's disentangled attention (<https://arxiv.org/abs/2006.03654>, section 3.1): to what two tokens say to each other
//! it adds what each says to the other's distance. Distances beyond a few share buckets that grow with the logarithm (DeBERTa-v2).

use serde_json::Value;
use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use super::{dropout, embedding, layer_norm, linear, positions};
use super::{LayerNames, LayerShape, PostNormLayer};
use crate::error::Result;
use crate::models::config::Config;

/// Far below any score, and a number in every precision: a row without a single token stays finite.
const MASKED: f64 = -6e4;

/// The table of relative positions, and how distances become its entries.
pub struct RelativeTable {
    table: nn::Embedding,
    norm: Option<nn::LayerNorm>,
    /// It has twice as many entries: for what stands before and for what stands behind.
    span: i64,
    /// `None`: every distance up to `span` has an entry of its own.
    buckets: Option<LogBuckets>,
}

/// The nearer half of the buckets are distances; the others share what is left up to `reach`.
struct LogBuckets {
    count: i64,
    reach: i64,
}

/// The table, (1, entries, hidden size), and its entry for every two tokens, (1, 1, tokens, tokens): by the key's distance from
/// the query, and by the query's from the key.
pub struct RelativePositions {
    table: Tensor,
    of_key: Tensor,
    of_query: Tensor,
}

impl RelativeTable {
    /// For layers of this shape and texts of so many tokens; `None` where config.json wants none.
    pub fn read(path: &Path, layer: &LayerShape, max_positions: i64, config: &Config) -> Result<Option<Self>> {
        let size = layer.hidden_size;
        let norms = config.string("norm_rel_ebd", Some("none"))?.to_lowercase();
        let normalised = norms.split('|').any(|norm| norm.trim() == "layer_norm");
        let norm = normalised.then(|| layer_norm(path / "LayerNorm", size, layer.eps));
        if !config.flag("relative_attention", false)? {
            return Ok(None);
        }
        let reach = config.integer("max_relative_positions", -1)?;
        let reach = if reach < 1 { max_positions } else { reach };
        let count = config.integer("position_buckets", -1)?;
        if count == 1 {
            return Err(config.wrong("position_buckets", "2 or more, or below 1 for none"));
        }
        let span = if count > 1 { count } else { reach };
        config.affords(&[&[2, span, size]])?;
        Ok(Some(RelativeTable {
            table: embedding(path / "rel_embeddings", 2 * span, size),
            norm,
            span,
            buckets: (count > 1).then_some(LogBuckets { count, reach }),
        }))
    }

    pub fn look_up(&self, ids: &Tensor) -> RelativePositions {
        let table = self.table.ws.unsqueeze(0);
        let position = positions(&ids.narrow(0, 0, 1)).unsqueeze(1);
        let back = position.unsqueeze(-1) - position.unsqueeze(-2);
        let back = match &self.buckets {
            Some(buckets) => buckets.of(&back),
            None => back,
        };
        let entry = |distance: Tensor| (distance + self.span).clamp(0, 2 * self.span - 1);
        RelativePositions {
            table: self
                .norm
                .as_ref()
                .map_or_else(|| table.shallow_clone(), |norm| norm.forward(&table)),
            of_query: entry(-&back),
            of_key: entry(back),
        }
    }
}

impl LogBuckets {
    /// In the order of operations and the precision of `transformers`: its rounding decides which bucket it is.
    fn of(&self, back: &Tensor) -> Tensor {
        let half = self.count / 2;
        let near = back.lt(half).logical_and(&back.gt(-half));
        let distance = back.abs().masked_fill(&near, half - 1);
        let widest = Tensor::from(((self.reach - 1) as f64 / half as f64) as f32).log();
        let far = ((&distance / half).log() / widest.double_value(&[]) * (half - 1)).ceil() + half;
        let bucket = back
            .to_kind(Kind::Float)
            .where_self(&distance.le(half), &(far * back.sign()));
        bucket.to_kind(Kind::Int64)
    }
}

/// Which terms the scores have beside content to content.
#[derive(Clone, Copy)]
pub struct Terms {
    content_to_position: bool,
    position_to_content: bool,
    /// Positions are projected as content is, without weights of their own.
    shared: bool,
}

impl Terms {
    /// `pos_att_type` is a list, or one string like "c2p|p2c".
    pub fn read(config: &Config) -> Result<Self> {
        let kinds: Vec<String> = match config.get("pos_att_type") {
            None => Vec::new(),
            Some(Value::String(kinds)) => kinds.to_lowercase().split('|').map(|kind| kind.trim().into()).collect(),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(String::from).collect(),
            Some(_) => return Err(config.wrong("pos_att_type", "a string or a list of strings")),
        };
        let has = |wanted: &str| kinds.iter().any(|kind| kind == wanted);
        Ok(Terms {
            content_to_position: has("c2p"),
            position_to_content: has("p2c"),
            shared: config.flag("share_att_key", false)?,
        })
    }
}

/// A post-norm layer with this attention.
pub struct DisentangledLayer {
    layer: PostNormLayer,
    position_query: Option<nn::Linear>,
    position_key: Option<nn::Linear>,
    terms: Terms,
    /// √(head × terms), since the scores are a sum of so many products.
    scale: f64,
    position_dropout: f64,
}

impl DisentangledLayer {
    /// `relative` false: no relative positions, though their terms count in the scale.
    pub fn new(path: &Path, names: &LayerNames, shape: &LayerShape, terms: Terms, relative: bool) -> Result<Self> {
        let layer = PostNormLayer::new(path, names, shape)?;
        let size = shape.hidden_size;
        let own = |name: &str, term: bool| {
            (relative && term && !terms.shared).then(|| linear(path / "attention" / "self" / name, size, size, true))
        };
        let count = 1 + i64::from(terms.content_to_position) + i64::from(terms.position_to_content);
        Ok(DisentangledLayer {
            position_query: own("pos_query_proj", terms.position_to_content),
            position_key: own("pos_key_proj", terms.content_to_position),
            terms,
            scale: f64::from(((size / shape.heads * count) as f32).sqrt()),
            position_dropout: shape.output_dropout,
            layer,
        })
    }

    /// mask: (batch, 1, tokens, tokens), true where one token may attend to another.
    pub fn forward(
        &self,
        hidden: &Tensor,
        mask: Option<&Tensor>,
        relative: Option<&RelativePositions>,
        train: bool,
    ) -> Tensor {
        let layer = &self.layer;
        let split = |x: Tensor| x.unflatten(-1, [layer.heads, -1]).transpose(1, 2);
        let query = split(layer.query.forward(hidden));
        let key = split(layer.key.forward(hidden));
        let value = split(layer.value.forward(hidden));
        let mut scores = query.matmul(&(key.transpose(-1, -2) / self.scale));
        if let Some(relative) = relative {
            let table = dropout(relative.table.shallow_clone(), self.position_dropout, train);
            // What content says to each entry of the table, picked for every two tokens.
            let term = |content: &Tensor, projection: &nn::Linear, entries: &Tensor| {
                let said = content.matmul(&split(projection.forward(&table)).transpose(-1, -2));
                said.gather(-1, &entries.expand_as(&scores), false)
            };
            let mut terms = Vec::new();
            if self.terms.content_to_position {
                let projection = self.position_key.as_ref().unwrap_or(&layer.key);
                terms.push(term(&query, projection, &relative.of_key) / self.scale);
            }
            if self.terms.position_to_content {
                let projection = self.position_query.as_ref().unwrap_or(&layer.query);
                terms.push(term(&key, projection, &relative.of_query).transpose(-1, -2) / self.scale);
            }
            if let Some(sum) = terms.into_iter().reduce(|a, b| a + b) {
                scores += sum;
            }
        }
        if let Some(mask) = mask {
            scores = scores.masked_fill(&mask.logical_not(), MASKED);
        }
        let weights = dropout(scores.softmax(-1, None::<Kind>), layer.attention_dropout, train);
        layer.after_attention(&weights.matmul(&value).transpose(1, 2).flatten(2, 3), hidden, train)
    }
}
