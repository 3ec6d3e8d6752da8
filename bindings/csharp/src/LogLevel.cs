namespace Glyxel
{
    /// <summary>How grave a message of the library is.</summary>
    public enum LogLevel
    {
        /// <summary>Something failed that no caller is told of.</summary>
        Error = 1,
        /// <summary>Something works, but not as well as it could.</summary>
        Warn = 2,
        /// <summary>What happens, in few words.</summary>
        Info = 3,
        /// <summary>What happens, in many.</summary>
        Debug = 4
    }
}
