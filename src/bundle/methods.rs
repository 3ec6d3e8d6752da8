//! The names of a bundle's methods; docs/architecture.md lists what each takes and gives.

pub const EMBED_TEXT: &str = "embed_text";
/// The same without a mask, for batches in which no row has padding.
pub const EMBED_TEXT_UNMASKED: &str = "embed_text_unmasked";
/// The same without the Normalize at the end; only where there is one.
pub const EMBED_TEXT_UNNORMALIZED: &str = "embed_text_unnormalized";
/// Logits of a text or of a pair of texts; only where there is a head.
pub const CLASSIFY_TEXT: &str = "classify_text";
/// The same without a mask, for batches in which no row has padding.
pub const CLASSIFY_TEXT_UNMASKED: &str = "classify_text_unmasked";
/// All hidden states of a text, a list: the embeddings, then what each layer gives.
pub const HIDDEN_STATES: &str = "hidden_states";
/// A vector for each token, projected; only where the model was trained for late interaction.
pub const EMBED_TOKENS: &str = "embed_tokens";
pub const EMBED_IMAGE: &str = "embed_image";
/// Logits; only where there is a head.
pub const CLASSIFY_IMAGE: &str = "classify_image";
