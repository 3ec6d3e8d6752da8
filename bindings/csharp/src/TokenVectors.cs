using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Glyxel
{
    /// <summary>
    /// The vectors of the tokens of some texts, which <see cref="Model.EmbedTokens"/> makes. They lie in the library's memory, where
    /// <see cref="Similarity.MaxSim(TokenVectors, TokenVectors, int, Metric, Control)"/> reads them, and are copied only by those methods
    /// that give arrays. They do not need their model any more, nor do they change: any number of threads may read them.
    /// </summary>
    /// <remarks>
    /// They are large: 1,000 texts of 200 tokens with 128 values each are 100 MB. So dispose of them; the finalizer, which does otherwise,
    /// does not know how large they are, and comes late. What then reads them throws <see cref="ObjectDisposedException"/>.
    /// </remarks>
    public sealed unsafe class TokenVectors : IDisposable
    {
        private readonly TokensHandle handle;
        private readonly string[] texts;
        /// The place of each text's first vector among all of them; and at the end how many there are.
        private readonly long[] begins;
        private readonly float* vectors;
        private readonly UIntPtr* nativeCounts;

        /// <summary>Values in a vector.</summary>
        public int Dimension { get; private set; }

        /// <summary>How many vectors each text has.</summary>
        public IReadOnlyList<int> Counts { get; private set; }

        /// The vectors of a handle, which is this object's from now on.
        internal TokenVectors(IntPtr key, string[] texts)
        {
            handle = new TokensHandle(key);
            this.texts = texts;
            int[] counts = new int[texts.Length];
            begins = new long[texts.Length + 1];
            float* values;
            UIntPtr* sizes;
            Failure.Check(Functions.glyxel_tokens_vectors(key, &values, &sizes), IntPtr.Zero);
            vectors = values;
            nativeCounts = sizes;
            for (int i = 0; i < counts.Length; i++)
            {
                counts[i] = (int)sizes[i];
                begins[i + 1] = begins[i] + counts[i];
            }
            Counts = Array.AsReadOnly(counts);
            Dimension = (int)Functions.glyxel_tokens_dim(key);
        }

        /// <summary>
        /// Where the vectors lie, for code that reads native memory: rows of <see cref="Dimension"/> floats, the first text's first. The
        /// address is good until this object is disposed of or collected: keep it reachable meanwhile (<see cref="GC.KeepAlive"/>).
        /// </summary>
        public IntPtr Address
        {
            get
            {
                using (Hold())
                    return (IntPtr)vectors;
            }
        }

        /// <summary>All vectors of all texts, one after the other: a copy.</summary>
        /// <exception cref="ArgumentException">They are more than an array can hold.</exception>
        public float[] ToArray()
        {
            float[] copy = new float[Length(0, texts.Length)];
            CopyTo(copy);
            return copy;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public void CopyTo(float[] destination)
        {
            Copy(0, texts.Length, destination);
        }

        /// <summary>The vectors of one text, one after the other: a copy.</summary>
        /// <param name="text">The text's place among those that were embedded.</param>
        public float[] Vectors(int text)
        {
            float[] copy = new float[Length(At(text), text + 1)];
            Copy(text, text + 1, copy);
            return copy;
        }

        /// <summary>The tokens of one text: that of its first vector, that of its second …</summary>
        /// <param name="text">The text's place among those that were embedded.</param>
        public Token[] Tokens(int text)
        {
            Token[] tokens = new Token[Counts[At(text)]];
            using (Held held = Hold())
            {
                int[] indices = Utf8.Indices(texts[text]);
                for (int i = 0; i < tokens.Length; i++)
                {
                    uint id;
                    glyxel_str piece;
                    UIntPtr begin, end;
                    int status = Functions.glyxel_tokens_get(held.Key, (UIntPtr)(uint)text, (UIntPtr)(uint)i, &id, &piece, &begin, &end);
                    Failure.Check(status, IntPtr.Zero);
                    int start = 0, length = 0;
                    if (begin != end)
                    {
                        int last = indices[(int)end - 1];
                        start = indices[(int)begin];
                        length = last + (char.IsSurrogate(texts[text][last]) ? 2 : 1) - start;
                    }
                    tokens[i] = new Token((int)id, Utf8.Read(piece), start, length);
                }
            }
            return tokens;
        }

        /// <summary>Frees the vectors. Calls that are using them end as if they were there.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        /// While this is held, Native and NativeCounts may be read.
        internal Held Hold()
        {
            return new Held(handle, "Glyxel.TokenVectors");
        }

        internal float* Native
        {
            get { return vectors; }
        }

        internal UIntPtr* NativeCounts
        {
            get { return nativeCounts; }
        }

        private int At(int text)
        {
            if (text < 0 || text >= texts.Length)
                throw new ArgumentOutOfRangeException("text", text, "there are " + texts.Length + " texts, counted from 0");
            return text;
        }

        /// How many floats the texts from first on have, before the text at end.
        private int Length(int first, int end)
        {
            return Sizes.Product(begins[end] - begins[first], Dimension);
        }

        private void Copy(int first, int end, float[] destination)
        {
            int length = Length(first, end);
            Sizes.HasRoom(destination, length, "destination");
            using (Hold())
                if (length > 0)
                    Marshal.Copy((IntPtr)(vectors + begins[first] * Dimension), destination, 0, length);
        }
    }
}
