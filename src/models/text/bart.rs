//! BART (<https://arxiv.org/abs/1910.13461>) as a classifier: an encoder reads the text, a decoder reads it again behind it, and
//! the decoder's state at the text's end is what the head sees. Names and arithmetic as `transformers`'
//! BartForSequenceClassification.

use tch::nn::{self, Module, Path};
use tch::{Kind, Tensor};

use super::blocks::{
    dropout, embedding, layer_norm, positions, AttentionMask, AttentionNames, ClassificationHead, DecoderLayer,
    DecoderNames, HeadShape, LayerNames, LayerShape, PostNormLayer,
};
use super::{labels, Build, Config, Facts, Family, TextClassifier, TextInput, WeightNames};
use crate::error::{Error, Result};

pub const FAMILY: Family = Family {
    model_type: "bart",
    build: Build::Classifier(|path, config| Ok(Box::new(Bart::new(path, config)?))),
    names: WeightNames {
        prefixes: &["model."],
        // The embeddings of both sides are the shared ones, which checkpoints may store again.
        heads: &[
            "encoder.embed_tokens.",
            "decoder.embed_tokens.",
            "lm_head.",
            "final_logits_bias",
            "encoder.version",
            "decoder.version",
        ],
        buffers: &[],
    },
};

const LAYER: LayerNames = LayerNames {
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    attention_output: "self_attn.out_proj",
    attention_norm: "self_attn_layer_norm",
    intermediate: "fc1",
    output: "fc2",
    output_norm: "final_layer_norm",
};

const DECODER: DecoderNames = DecoderNames {
    own: AttentionNames {
        query: LAYER.query,
        key: LAYER.key,
        value: LAYER.value,
        output: LAYER.attention_output,
        norm: LAYER.attention_norm,
    },
    encoder: AttentionNames {
        query: "encoder_attn.q_proj",
        key: "encoder_attn.k_proj",
        value: "encoder_attn.v_proj",
        output: "encoder_attn.out_proj",
        norm: "encoder_attn_layer_norm",
    },
    intermediate: LAYER.intermediate,
    output: LAYER.output,
    output_norm: LAYER.output_norm,
};

/// The first entries of the position tables, which no token gets.
const OFFSET: i64 = 2;
/// What `torch.nn.LayerNorm` has by itself.
const EPS: f64 = 1e-5;
/// What `transformers` takes where `config.json` tells of no labels: those of MNLI.
const CLASSES: i64 = 3;

struct Bart {
    shared: nn::Embedding,
    scale: Option<f64>,
    encoder: Side<PostNormLayer>,
    decoder: Side<DecoderLayer>,
    head: ClassificationHead,
    dropout: f64,
    start: i64,
    end: i64,
    facts: Facts,
}

/// What the encoder and the decoder both have.
struct Side<L> {
    positions: nn::Embedding,
    norm: nn::LayerNorm,
    layers: Vec<L>,
    /// How often training leaves out a layer (<https://arxiv.org/abs/1909.11556>).
    layer_drop: f64,
}

impl<L> Side<L> {
    fn new(path: &Path, sizes: [i64; 3], layer_drop: f64, layer: impl Fn(&Path) -> Result<L>) -> Result<Self> {
        let [layers, places, width] = sizes;
        Ok(Side {
            positions: embedding(path / "embed_positions", places + OFFSET, width),
            norm: layer_norm(path / "layernorm_embedding", width, EPS),
            layers: (0..layers)
                .map(|i| layer(&(path / "layers" / i)))
                .collect::<Result<_>>()?,
            layer_drop,
        })
    }

    fn embed(&self, ids: &Tensor, words: Tensor, rate: f64, train: bool) -> Tensor {
        let places = self.positions.forward(&(positions(ids) + OFFSET));
        dropout(self.norm.forward(&(words + places)), rate, train)
    }

    /// The layers that take part.
    fn layers(&self, train: bool) -> impl Iterator<Item = &L> {
        let rate = if train { self.layer_drop } else { 0. };
        let stays = move |_: &&L| rate == 0. || Tensor::rand([1], tch::kind::FLOAT_CPU).double_value(&[0]) >= rate;
        self.layers.iter().filter(stays)
    }
}

impl Bart {
    fn new(path: &Path, config: &Config) -> Result<Self> {
        if !super::labels::classifies_texts(config) {
            return Err(Error::Unsupported(
                "config.json: of BART only a BartForSequenceClassification is implemented, and this checkpoint was not saved from one; \
                 take a checkpoint that classifies texts, such as one trained on MNLI"
                    .into(),
            ));
        }
        let size = |name: &str, default: i64| config.size(name, Some(default));
        let (vocab_size, width) = (size("vocab_size", 50265)?, size("d_model", 1024)?);
        let places = size("max_position_embeddings", 1024)?;
        let dropout = config.dropout("dropout", 0.1)?;
        let side = |name: &str| -> Result<(i64, LayerShape)> {
            let field = |rest: &str| format!("{name}_{rest}");
            let shape = LayerShape {
                hidden_size: width,
                heads: size(&field("attention_heads"), 16)?,
                intermediate_size: size(&field("ffn_dim"), 4096)?,
                activation: config.string("activation_function", Some("gelu"))?,
                eps: EPS,
                attention_dropout: config.dropout("attention_dropout", 0.)?,
                attention_output_dropout: dropout,
                activated_dropout: config.dropout("activation_dropout", 0.)?,
                output_dropout: dropout,
            };
            Ok((size(&field("layers"), 12)?, shape))
        };
        let ((encoders, encoder), (decoders, decoder)) = (side("encoder")?, side("decoder")?);
        // `transformers` takes BERT's words for these, too.
        config.only("hidden_size", width)?;
        config.only("num_attention_heads", encoder.heads)?;
        config.only("num_hidden_layers", encoders)?;
        config.affords(&[
            &[vocab_size, width],
            &[2, places + OFFSET, width],
            &[encoders, 4, width, width],
            &[encoders, 2, width, encoder.intermediate_size],
            &[decoders, 8, width, width],
            &[decoders, 2, width, decoder.intermediate_size],
        ])?;
        let head_dropout = config.dropout("classifier_dropout", 0.)?;
        let head = HeadShape::new(
            "classification_head.dense",
            "classification_head.out_proj",
            head_dropout,
        )?;
        let token = |name: &str, usual: i64| {
            Ok::<_, Error>(config.token_id(name, vocab_size)?.unwrap_or(usual.min(vocab_size - 1)))
        };
        let layer_drop = |name: &str| config.dropout(name, 0.);
        Ok(Bart {
            shared: embedding(path / "shared", vocab_size, width),
            scale: config.flag("scale_embedding", false)?.then(|| (width as f64).sqrt()),
            encoder: Side::new(
                &(path / "encoder"),
                [encoders, places, width],
                layer_drop("encoder_layerdrop")?,
                |path| PostNormLayer::new(path, &LAYER, &encoder),
            )?,
            decoder: Side::new(
                &(path / "decoder"),
                [decoders, places, width],
                layer_drop("decoder_layerdrop")?,
                |path| DecoderLayer::new(path, &DECODER, &decoder),
            )?,
            head: ClassificationHead::new(path, config, &head, width, labels::count(config, CLASSES)?)?,
            dropout,
            start: token("decoder_start_token_id", 2)?,
            end: token("eos_token_id", 2)?,
            facts: Facts {
                hidden_size: width,
                layers: 0,
                vocab_size,
                max_tokens: Some(places),
                pad_token_id: token("pad_token_id", 1)?,
                types: None,
            },
        })
    }

    fn words(&self, ids: &Tensor) -> Tensor {
        let words = self.shared.forward(ids);
        match self.scale {
            Some(scale) => words * scale,
            None => words,
        }
    }

    /// (batch, tokens, width): the decoder's states of the text shifted right by one.
    fn decode(&self, input: &TextInput, train: bool) -> Tensor {
        let mask = AttentionMask::new(input.mask);
        let embedded = self
            .encoder
            .embed(input.ids, self.words(input.ids), self.dropout, train);
        let layers = self.encoder.layers(train);
        let encoded = layers.fold(embedded, |hidden, layer| layer.forward(&hidden, &mask, train));

        let first = input.ids.narrow(1, 0, 1).full_like(self.start);
        let shifted = Tensor::cat(&[first, input.ids.slice(1, 0, -1, 1)], 1);
        let causal = AttentionMask::causal(&shifted);
        let embedded = self.decoder.embed(&shifted, self.words(&shifted), self.dropout, train);
        let layers = self.decoder.layers(train);
        layers.fold(embedded, |hidden, layer| {
            layer.forward(&hidden, &causal, &encoded, &mask, train)
        })
    }
}

impl TextClassifier for Bart {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn classes(&self) -> i64 {
        self.head.classes()
    }

    fn classify(&self, input: &TextInput, train: bool) -> Tensor {
        let hidden = self.decode(input, train);
        let ends = input.ids.eq(self.end).to_kind(Kind::Int64);
        let ends = match input.mask {
            Some(mask) => ends * mask,
            None => ends,
        };
        // The last of a row's ends.
        let last = (ends * (positions(input.ids) + 1)).argmax(1, true).unsqueeze(-1);
        let state = hidden.gather(1, &last.expand_as(&hidden.narrow(1, 0, 1)), false);
        self.head.of_state(state.squeeze_dim(1), train)
    }
}
