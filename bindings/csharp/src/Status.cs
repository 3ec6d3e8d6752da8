namespace Glyxel
{
    /// <summary>What kind of thing went wrong in a call of the library.</summary>
    public enum Status
    {
        /// <summary>Success.</summary>
        Ok = 0,
        /// <summary>An argument is missing, malformed or out of range.</summary>
        InvalidArgument = 1,
        /// <summary>A handle was freed before, is of another kind, or never came from the library.</summary>
        InvalidHandle = 2,
        /// <summary>A file, folder or name is not there.</summary>
        NotFound = 3,
        /// <summary>A checkpoint or bundle is damaged, cut off or contradicts itself.</summary>
        BadModel = 4,
        /// <summary>This model, this build or this version cannot do that.</summary>
        Unsupported = 5,
        /// <summary>Reading or writing a file failed.</summary>
        IO = 6,
        /// <summary>A download failed.</summary>
        Network = 7,
        /// <summary>The call was cancelled, or the library was shut down.</summary>
        Cancelled = 8,
        /// <summary>The call took longer than it may.</summary>
        Timeout = 9,
        /// <summary>There is no memory for a size that the caller or a file gave.</summary>
        OutOfMemory = 10,
        /// <summary>A device is absent or failed.</summary>
        Device = 11,
        /// <summary>A defect of the library; it stays usable.</summary>
        Internal = 12
    }
}
