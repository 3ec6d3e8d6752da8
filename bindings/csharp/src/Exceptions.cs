using System;

namespace Glyxel
{
    /// <summary>
    /// A call of the library failed; the message says what was wrong, where, and what to do. Two kinds of failure are not of this
    /// class but what .NET calls them: <see cref="OperationCanceledException"/> and <see cref="TimeoutException"/>.
    /// </summary>
    public class GlyxelException : Exception
    {
        /// <summary>What kind of thing went wrong.</summary>
        public Status Status { get; private set; }

        /// <summary>Makes an exception of that kind.</summary>
        public GlyxelException(Status status, string message) : base(message)
        {
            Status = status;
        }
    }

    /// <summary>An argument is malformed or out of range: a picture that cannot be decoded, a vector with a NaN, a setting that does not exist.</summary>
    public sealed class InvalidArgumentException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public InvalidArgumentException(string message) : base(Status.InvalidArgument, message) { }
    }

    /// <summary>The library does not know a handle. Objects that were disposed of give <see cref="ObjectDisposedException"/> instead.</summary>
    public sealed class InvalidHandleException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public InvalidHandleException(string message) : base(Status.InvalidHandle, message) { }
    }

    /// <summary>A file, folder, repository or name is not there.</summary>
    public sealed class NotFoundException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public NotFoundException(string message) : base(Status.NotFound, message) { }
    }

    /// <summary>A checkpoint or bundle is damaged, cut off or contradicts itself.</summary>
    public sealed class BadModelException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public BadModelException(string message) : base(Status.BadModel, message) { }
    }

    /// <summary>This model, this build or this version cannot do that.</summary>
    public sealed class UnsupportedException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public UnsupportedException(string message) : base(Status.Unsupported, message) { }
    }

    /// <summary>Reading or writing a file failed.</summary>
    public sealed class FileAccessException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public FileAccessException(string message) : base(Status.IO, message) { }
    }

    /// <summary>A download failed.</summary>
    public sealed class NetworkException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public NetworkException(string message) : base(Status.Network, message) { }
    }

    /// <summary>There is no memory for a size that the caller or a file gave.</summary>
    public sealed class NotEnoughMemoryException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public NotEnoughMemoryException(string message) : base(Status.OutOfMemory, message) { }
    }

    /// <summary>A device is absent or failed.</summary>
    public sealed class DeviceException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public DeviceException(string message) : base(Status.Device, message) { }
    }

    /// <summary>A defect of the library, which stays usable.</summary>
    public sealed class InternalException : GlyxelException
    {
        /// <summary>Makes the exception.</summary>
        public InternalException(string message) : base(Status.Internal, message) { }
    }
}
