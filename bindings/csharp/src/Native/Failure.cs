using System;

namespace Glyxel
{
    /// What a status becomes.
    internal static unsafe class Failure
    {
        /// Throws unless the status is OK. The error is freed.
        internal static void Check(int status, IntPtr error)
        {
            if (status == (int)Status.Ok)
                return;
            string message = Utf8.Read(Functions.glyxel_error_message(error));
            Functions.glyxel_error_free(error);
            throw Of((Status)status, message);
        }

        internal static Exception Of(Status status, string message)
        {
            switch (status)
            {
                case Status.InvalidArgument: return new InvalidArgumentException(message);
                case Status.InvalidHandle: return new InvalidHandleException(message);
                case Status.NotFound: return new NotFoundException(message);
                case Status.BadModel: return new BadModelException(message);
                case Status.Unsupported: return new UnsupportedException(message);
                case Status.IO: return new FileAccessException(message);
                case Status.Network: return new NetworkException(message);
                case Status.Cancelled: return new OperationCanceledException(message);
                case Status.Timeout: return new TimeoutException(message);
                case Status.OutOfMemory: return new NotEnoughMemoryException(message);
                case Status.Device: return new DeviceException(message);
                case Status.Internal: return new InternalException(message);
                default: return new GlyxelException(status, message);
            }
        }
    }
}
