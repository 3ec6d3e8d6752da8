using System.Globalization;

namespace Glyxel
{
    /// <summary>The label that a vector got, and how near it is.</summary>
    public struct LabelMatch
    {
        private readonly int label;
        private readonly float score;

        /// <summary>Makes a match.</summary>
        public LabelMatch(int label, float score)
        {
            this.label = label;
            this.score = score;
        }

        /// <summary>The number of the label; -1: none is near enough.</summary>
        public int Label { get { return label; } }

        /// <summary>The cosine with the nearest centroid, also where that is below the threshold.</summary>
        public float Score { get { return score; } }

        /// <summary>For people: "2 (0.71)".</summary>
        public override string ToString()
        {
            return label + " (" + score.ToString("0.00", CultureInfo.InvariantCulture) + ")";
        }
    }
}
