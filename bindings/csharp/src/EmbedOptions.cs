using System;

namespace Glyxel
{
    /// <summary>How texts and pictures become vectors; all that is left as it is means: as the model says.</summary>
    public sealed class EmbedOptions
    {
        /// <summary>Whether each vector is scaled to length 1; null: as the model says.</summary>
        public bool? Normalize { get; set; }

        /// <summary>0: all; else only the first so many values of each vector (Matryoshka).</summary>
        public int Dimension { get; set; }

        /// <summary>
        /// Put before each text; must be empty for pictures. Empty: the model's default prompt, if it has one. "@": none. "@NAME": one of
        /// the model's own; "@query" and "@document" always exist.
        /// </summary>
        public string Prompt { get; set; }

        /// prompt: where the bytes of options.Prompt are pinned.
        internal static unsafe glyxel_embed_options Native(EmbedOptions options, byte* prompt, int length)
        {
            glyxel_embed_options native = new glyxel_embed_options { struct_size = (uint)sizeof(glyxel_embed_options) };
            if (options == null)
                return native;
            native.normalize = options.Normalize.HasValue ? (options.Normalize.Value ? 1 : 2) : 0;
            native.dim = (uint)Sizes.NotNegative(options.Dimension, "Dimension");
            native.prompt = new glyxel_str(prompt, length);
            return native;
        }
    }
}
