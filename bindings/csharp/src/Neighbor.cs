using System.Globalization;

namespace Glyxel
{
    /// <summary>A vector that was found: its place, counted from 0, and its score.</summary>
    public struct Neighbor
    {
        private readonly int index;
        private readonly float score;

        /// <summary>Makes a neighbour.</summary>
        public Neighbor(int index, float score)
        {
            this.index = index;
            this.score = score;
        }

        /// <summary>Its place among the vectors that were searched.</summary>
        public int Index { get { return index; } }

        /// <summary>Its cosine, dot product or distance.</summary>
        public float Score { get { return score; } }

        /// <summary>For people: "17 (0.62)".</summary>
        public override string ToString()
        {
            return index + " (" + score.ToString("0.00", CultureInfo.InvariantCulture) + ")";
        }

        /// Rows of k neighbours.
        internal static Neighbor[][] Rows(long[] indices, float[] scores, int rows, int k)
        {
            Neighbor[][] found = new Neighbor[rows][];
            for (int row = 0; row < rows; row++)
            {
                found[row] = new Neighbor[k];
                for (int rank = 0; rank < k; rank++)
                    found[row][rank] = new Neighbor((int)indices[row * k + rank], scores[row * k + rank]);
            }
            return found;
        }
    }
}
