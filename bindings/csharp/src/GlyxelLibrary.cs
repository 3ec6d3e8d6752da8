using System;

namespace Glyxel
{
    /// <summary>The native library as a whole.</summary>
    public static unsafe class GlyxelLibrary
    {
        private const uint Abi = 1;
        private static volatile bool matched;

        /// <summary>The version of its interface; this wrapper needs 1.</summary>
        public static int AbiVersion
        {
            get { return (int)Functions.glyxel_abi_version(); }
        }

        /// <summary>Its version, such as "0.1.0".</summary>
        public static string Version
        {
            get { return Utf8.Read(Functions.glyxel_version()); }
        }

        /// <summary>What it was built with: libtorch's version, kinds of devices, decoders of pictures.</summary>
        public static string BuildInfo
        {
            get { return Utf8.Read(Functions.glyxel_build_info()); }
        }

        /// <summary>Sets something for the whole process, before the first model is loaded or after a shutdown.</summary>
        /// <param name="name">"threads": how many threads compute.</param>
        /// <param name="value">From "1" to "1024"; if it was never set, as many as there are cores that this process may use.</param>
        /// <exception cref="InvalidArgumentException">There is no such name, the value is not possible, or the library is in use.</exception>
        public static void Configure(string name, string value)
        {
            RequireAbi();
            byte[] names = Utf8.Bytes(name, "name"), values = Utf8.Bytes(value, "value");
            IntPtr error = IntPtr.Zero;
            int status;
            fixed (byte* n = names, v = values)
                status = Functions.glyxel_configure(new glyxel_str(n, names.Length), new glyxel_str(v, values.Length), &error);
            Failure.Check(status, error);
        }

        /// <summary>
        /// Ends the library's work: cancels every call (they throw <see cref="OperationCanceledException"/>), waits until nothing is
        /// running, and ends the library's threads. It runs by itself when the process exits. Models stay valid: the next call starts
        /// the threads anew.
        /// </summary>
        /// <param name="timeout">How long to wait; <see cref="TimeSpan.Zero"/>: as long as it takes.</param>
        /// <exception cref="TimeoutException">Something was still running then; it ends by itself.</exception>
        public static void Shutdown(TimeSpan timeout = default(TimeSpan))
        {
            RequireAbi();
            IntPtr error = IntPtr.Zero;
            int status = Functions.glyxel_shutdown(Control.Milliseconds(timeout), &error);
            Failure.Check(status, error);
        }

        /// <summary>
        /// Sets which native function gets the library's messages. Without it, nothing is said, unless the environment variable GLYXEL_LOG
        /// (error, warn, info or debug) asks for messages on stderr.
        /// </summary>
        /// <remarks>
        /// It must be native code: never pass what Marshal.GetFunctionPointerForDelegate makes. The library calls it from threads of its own,
        /// which take no signals; once Mono or IL2CPP has seen such a thread, its garbage collector waits for it forever.
        /// </remarks>
        /// <param name="callback">
        /// The address of a C function <c>void (int32_t level, glyxel_str message, void *user)</c>; <see cref="IntPtr.Zero"/>: nobody.
        /// When this method returns, the one that was set before is not running any more.
        /// </param>
        /// <param name="user">Passed on to it.</param>
        public static void SetLog(IntPtr callback, IntPtr user)
        {
            RequireAbi();
            IntPtr error = IntPtr.Zero;
            int status = Functions.glyxel_log_set(callback, user, &error);
            Failure.Check(status, error);
        }

        /// A library of another interface would read other structs than these.
        internal static void RequireAbi()
        {
            if (matched)
                return;
            uint abi = Functions.glyxel_abi_version();
            if (abi != Abi)
                throw new UnsupportedException("the native library glyxel has interface version " + abi + ", but this wrapper needs "
                    + Abi + "; take both from one release");
            matched = true;
        }
    }
}
