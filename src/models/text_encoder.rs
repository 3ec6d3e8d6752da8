//! What every text encoder is: what it reads, what it gives, and what callers have to know of it.

use tch::Tensor;

/// What a text encoder reads; all are (batch, tokens) of int64.
pub struct TextInput<'a> {
    pub ids: &'a Tensor,
    /// 1 for a token, 0 for padding; `None` where no row has padding.
    pub mask: Option<&'a Tensor>,
    pub type_ids: Option<&'a Tensor>,
}

/// What callers have to know of an encoder.
pub struct Facts {
    pub hidden_size: i64,
    /// How many layers it has, each of which gives a hidden state; 0 for models that do not give theirs.
    pub layers: i64,
    pub vocab_size: i64,
    /// The most tokens a text may have, special ones included; `None`: any number.
    pub max_tokens: Option<i64>,
    pub pad_token_id: i64,
    /// How many types of tokens it tells apart; `None`: it takes no type ids.
    pub types: Option<i64>,
}

/// An encoder of texts.
pub trait TextEncoder {
    fn facts(&self) -> &Facts;

    fn hidden_size(&self) -> i64 {
        self.facts().hidden_size
    }

    fn vocab_size(&self) -> i64 {
        self.facts().vocab_size
    }

    fn max_tokens(&self) -> Option<i64> {
        self.facts().max_tokens
    }

    fn pad_token_id(&self) -> i64 {
        self.facts().pad_token_id
    }

    fn type_vocab_size(&self) -> Option<i64> {
        self.facts().types
    }

    /// All hidden states, each (batch, tokens, hidden size): the embeddings as the first layer reads them, then what each layer
    /// gives, the last one as the model's own result. Numbered as `transformers` numbers them (`output_hidden_states`).
    fn hidden_states(&self, input: &TextInput, train: bool) -> Vec<Tensor>;

    /// The last hidden states: (batch, tokens, hidden size).
    fn forward(&self, input: &TextInput, train: bool) -> Tensor {
        self.hidden_states(input, train)
            .swap_remove(self.facts().layers as usize)
    }
}
