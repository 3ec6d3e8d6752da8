using System;
using System.Runtime.InteropServices;

namespace Glyxel
{
    /// A handle that the library freed by its finalizer at the latest, also when an application domain is unloaded.
    internal abstract class Handle : SafeHandle
    {
        protected Handle(IntPtr key) : base(IntPtr.Zero, true)
        {
            SetHandle(key);
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }
    }

    internal sealed class ModelHandle : Handle
    {
        internal ModelHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_model_free(handle);
            return true;
        }
    }

    internal sealed class ControlHandle : Handle
    {
        internal ControlHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_control_free(handle);
            return true;
        }
    }

    internal sealed class OptionsHandle : Handle
    {
        internal OptionsHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_options_free(handle);
            return true;
        }
    }

    internal sealed class PredictionsHandle : Handle
    {
        internal PredictionsHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_predictions_free(handle);
            return true;
        }
    }

    internal sealed class TokensHandle : Handle
    {
        internal TokensHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_tokens_free(handle);
            return true;
        }
    }

    internal sealed class PairsHandle : Handle
    {
        internal PairsHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_pairs_free(handle);
            return true;
        }
    }

    internal sealed class CentroidsHandle : Handle
    {
        internal CentroidsHandle(IntPtr key) : base(key) { }

        protected override bool ReleaseHandle()
        {
            Functions.glyxel_centroids_free(handle);
            return true;
        }
    }

    /// Keeps a handle from being freed while a call uses it; disposing of it meanwhile takes effect when the call ends.
    internal struct Held : IDisposable
    {
        private readonly Handle handle;
        internal readonly IntPtr Key;

        /// handle: null gives the key of nothing, NULL. owner names the object in the exception if it was disposed of.
        internal Held(Handle handle, string owner)
        {
            this.handle = handle;
            Key = IntPtr.Zero;
            if (handle == null)
                return;
            bool added = false;
            try
            {
                handle.DangerousAddRef(ref added);
            }
            catch (ObjectDisposedException)
            {
                throw new ObjectDisposedException(owner);
            }
            Key = handle.DangerousGetHandle();
        }

        public void Dispose()
        {
            if (handle != null)
                handle.DangerousRelease();
        }
    }
}
