using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    public sealed partial class Model
    {
        /// <summary>
        /// Embeds the tokens of texts: each becomes a vector, which depends on the whole text. These are a model's hidden states, of any
        /// layer, or what a late-interaction model (ColBERT) was trained to give, for
        /// <see cref="Similarity.MaxSim(TokenVectors, TokenVectors, int, Metric, Control)"/>. A text, with its prompt, is cut after the
        /// model's number of tokens, a query and a document after lengths of their own. Special tokens have vectors, too.
        /// </summary>
        /// <param name="texts">The texts.</param>
        /// <param name="options">How; null: as the model says.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>The vectors, in the order of the texts; dispose of them.</returns>
        /// <exception cref="ArgumentException">A text is null or holds half of a surrogate pair.</exception>
        /// <exception cref="InvalidArgumentException">There is no such layer or prompt.</exception>
        /// <exception cref="UnsupportedException">
        /// The model has no vectors of tokens, or it is asked for a query's or a document's and is none of late interaction.
        /// </exception>
        public unsafe TokenVectors EmbedTokens(IReadOnlyList<string> texts, TokenOptions options = null, Control control = null)
        {
            Utf8Texts utf8 = new Utf8Texts(texts, "texts");
            byte[] prompt = Utf8.Bytes(options == null ? null : options.Prompt, "Prompt");
            IntPtr tokens = IntPtr.Zero, error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* bytes = utf8.Bytes, promptBytes = prompt)
            fixed (glyxel_str* strings = utf8.At(bytes))
            {
                glyxel_token_options how = TokenOptions.Native(options, promptBytes, prompt.Length);
                status = Functions.glyxel_embed_tokens(model.Key, strings, (UIntPtr)(uint)utf8.Count, &how, watch.Key, &tokens, &error);
            }
            Failure.Check(status, error);
            return new TokenVectors(tokens, utf8.Texts);
        }

        /// <summary><see cref="EmbedTokens"/> as a task.</summary>
        public Task<TokenVectors> EmbedTokensAsync(IReadOnlyList<string> texts, TokenOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            return Call.Run(control => EmbedTokens(texts, options, control), progress, timeout, cancellationToken);
        }
    }
}
