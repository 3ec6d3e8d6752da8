using System;
using System.Threading;

namespace Glyxel
{
    /// <summary>
    /// Watches, times or cancels the calls that it is passed to, from any thread; it may serve many, also at once. Calls that return a
    /// <see cref="System.Threading.Tasks.Task"/> make one of their own and take a <see cref="CancellationToken"/> instead.
    /// </summary>
    public sealed unsafe class Control : IDisposable
    {
        private readonly ControlHandle handle;
        private TimeSpan timeout;

        /// <summary>Makes a control without a timeout.</summary>
        public Control()
        {
            GlyxelLibrary.RequireAbi();
            IntPtr key = IntPtr.Zero, error = IntPtr.Zero;
            int status = Functions.glyxel_control_new(&key, &error);
            Failure.Check(status, error);
            handle = new ControlHandle(key);
        }

        /// <summary>
        /// Cancels every call under the control, now and later: a cancelled control stays so. The calls throw
        /// <see cref="OperationCanceledException"/> at once. Of a control that was disposed of, nothing happens.
        /// </summary>
        public void Cancel()
        {
            try
            {
                using (Held control = Hold(this))
                    Functions.glyxel_control_cancel(control.Key);
            }
            catch (ObjectDisposedException)
            {
                // Cancelling races with the end of a call by its nature.
            }
        }

        /// <summary>
        /// How long each call that begins from now on may take; it then throws <see cref="TimeoutException"/>.
        /// <see cref="TimeSpan.Zero"/>: no limit.
        /// </summary>
        public TimeSpan Timeout
        {
            get { return timeout; }
            set
            {
                ulong milliseconds = Milliseconds(value);
                using (Held control = Hold(this))
                    Functions.glyxel_control_set_timeout(control.Key, milliseconds);
                timeout = value;
            }
        }

        /// <summary>How far the calls under the control are; of several at once, what the last to report said.</summary>
        public Progress Progress
        {
            get
            {
                int stage = 0;
                ulong done = 0, total = 0;
                using (Held control = Hold(this))
                    Functions.glyxel_control_progress(control.Key, &stage, &done, &total);
                return new Progress((Stage)stage, (long)done, (long)total);
            }
        }

        /// <summary>Frees the control. Calls under it go on.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        /// Every call passes here, with a control or null.
        internal static Held Hold(Control control)
        {
            GlyxelLibrary.RequireAbi();
            return new Held(control == null ? null : control.handle, "Glyxel.Control");
        }

        /// Whole milliseconds, rounded up: 0 would be no limit.
        internal static ulong Milliseconds(TimeSpan time)
        {
            if (time == System.Threading.Timeout.InfiniteTimeSpan)
                return 0;
            if (time < TimeSpan.Zero)
                throw new ArgumentOutOfRangeException("timeout", time, "a timeout must not be negative");
            return (ulong)((time.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
        }
    }
}
