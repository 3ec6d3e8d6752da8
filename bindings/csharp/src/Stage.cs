namespace Glyxel
{
    /// <summary>What a call is doing.</summary>
    public enum Stage
    {
        /// <summary>No call has begun.</summary>
        Idle = 0,
        /// <summary>Counted in bytes.</summary>
        Downloading = 1,
        /// <summary>Reading the weights for the checksum in the bundle's manifest; counted in bytes.</summary>
        Hashing = 2,
        /// <summary>Making a bundle from a checkpoint; counted in weights.</summary>
        Converting = 3,
        /// <summary>Checking a bundle, counted in bytes; then reading and optimising it, which begins anew at 0 of 1.</summary>
        Loading = 4,
        /// <summary>Counted in texts.</summary>
        Tokenizing = 5,
        /// <summary>Counted in pictures.</summary>
        Decoding = 6,
        /// <summary>Counted in inputs.</summary>
        Computing = 7
    }
}
