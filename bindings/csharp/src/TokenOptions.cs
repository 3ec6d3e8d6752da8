using System;

namespace Glyxel
{
    /// <summary>How the tokens of texts become vectors; all that is left as it is means: as the model says.</summary>
    public sealed class TokenOptions
    {
        /// <summary>
        /// 0: the vectors that the model gives its tokens: a late-interaction model's (ColBERT), else the last hidden state. n above 0: the
        /// hidden state behind layer n. n below 0: counted from the end: -1 is the last, -(layers + 1) the embeddings; "layers" stands under
        /// "text" in <see cref="Model.Info"/>. transformers numbers its hidden_states so.
        /// </summary>
        public int Layer { get; set; }

        /// <summary>What the texts are; queries and documents exist for late-interaction models alone.</summary>
        public TextRole Role { get; set; }

        /// <summary>Whether each vector is scaled to length 1; null: as the model says, and hidden states are not.</summary>
        public bool? Normalize { get; set; }

        /// <summary>Put before each text, as <see cref="EmbedOptions.Prompt"/>; its tokens have vectors, too.</summary>
        public string Prompt { get; set; }

        /// prompt: where the bytes of options.Prompt are pinned.
        internal static unsafe glyxel_token_options Native(TokenOptions options, byte* prompt, int length)
        {
            glyxel_token_options native = new glyxel_token_options { struct_size = (uint)sizeof(glyxel_token_options) };
            if (options == null)
                return native;
            native.layer = options.Layer;
            native.role = (int)options.Role;
            native.normalize = options.Normalize.HasValue ? (options.Normalize.Value ? 1 : 2) : 0;
            native.prompt = new glyxel_str(prompt, length);
            return native;
        }
    }
}
