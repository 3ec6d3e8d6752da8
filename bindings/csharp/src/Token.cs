namespace Glyxel
{
    /// <summary>A token of a text, and the part of the text that it came from: text.Substring(token.Start, token.Length).</summary>
    public struct Token
    {
        private readonly int id;
        private readonly string piece;
        private readonly int start;
        private readonly int length;

        /// <summary>Makes a token.</summary>
        public Token(int id, string piece, int start, int length)
        {
            this.id = id;
            this.piece = piece;
            this.start = start;
            this.length = length;
        }

        /// <summary>Its number in the model's vocabulary.</summary>
        public int Id { get { return id; } }

        /// <summary>How the vocabulary writes it: "##ing", "▁river", "[CLS]".</summary>
        public string Piece { get { return piece; } }

        /// <summary>Where its part of the text begins, as strings are indexed; without the prompt.</summary>
        public int Start { get { return start; } }

        /// <summary>
        /// How many chars its part of the text has; one that the token has only some bytes of counts as a whole. 0, and
        /// <see cref="Start"/> too, for a token that stands for nothing in the text: a special one, the prompt's, a mask.
        /// </summary>
        public int Length { get { return length; } }

        /// <summary>For people: "##ing (5 to 8)".</summary>
        public override string ToString()
        {
            return length == 0 ? piece : piece + " (" + start + " to " + (start + length) + ")";
        }
    }
}
