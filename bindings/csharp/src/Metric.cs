namespace Glyxel
{
    /// <summary>By what vectors are compared.</summary>
    public enum Metric
    {
        /// <summary>The cosine of the angle between two vectors, from -1 to 1; 0 with a vector of zeros. Larger is nearer.</summary>
        Cosine = 0,
        /// <summary>The dot product. Larger is nearer.</summary>
        Dot = 1,
        /// <summary>The Euclidean distance. Smaller is nearer.</summary>
        Euclidean = 2
    }
}
