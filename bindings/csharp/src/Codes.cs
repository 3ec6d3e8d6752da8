namespace Glyxel
{
    /// <summary>What a vector is quantised to.</summary>
    public enum Codes
    {
        /// <summary>A signed byte for each value: its place in its dimension's range, from -128 to 127.</summary>
        Int8 = 0,
        /// <summary>A byte for each value: the same, from 0 to 255.</summary>
        UInt8 = 1,
        /// <summary>A bit for each value, whether it is above 0, the first in the highest bit; each byte less 128.</summary>
        Binary = 2,
        /// <summary>The same without the 128: what faiss and usearch take for bits.</summary>
        UBinary = 3
    }
}
