using System;
using System.Globalization;

namespace Glyxel
{
    /// <summary>Two vectors that are near each other.</summary>
    public struct SimilarPair
    {
        private readonly int first;
        private readonly int second;
        private readonly float score;

        /// <summary>Makes a pair.</summary>
        public SimilarPair(int first, int second, float score)
        {
            this.first = first;
            this.second = second;
            this.score = score;
        }

        /// <summary>The place of the first, counted from 0; lower than that of the second.</summary>
        public int First { get { return first; } }

        /// <summary>The place of the second.</summary>
        public int Second { get { return second; } }

        /// <summary>Their cosine.</summary>
        public float Score { get { return score; } }

        /// <summary>For people: "3 and 17 (0.92)".</summary>
        public override string ToString()
        {
            return first + " and " + second + " (" + score.ToString("0.00", CultureInfo.InvariantCulture) + ")";
        }

        /// The pairs of a handle, which is freed.
        internal static unsafe SimilarPair[] Read(IntPtr key)
        {
            using (PairsHandle handle = new PairsHandle(key))
            using (Held held = new Held(handle, "pairs"))
            {
                SimilarPair[] pairs = new SimilarPair[checked((int)Functions.glyxel_pairs_count(held.Key))];
                for (int rank = 0; rank < pairs.Length; rank++)
                {
                    ulong first, second;
                    float score;
                    int status = Functions.glyxel_pairs_get(held.Key, (UIntPtr)(uint)rank, &first, &second, &score);
                    Failure.Check(status, IntPtr.Zero);
                    pairs[rank] = new SimilarPair((int)first, (int)second, score);
                }
                return pairs;
            }
        }
    }
}
