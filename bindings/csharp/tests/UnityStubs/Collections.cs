using System;
using System.Runtime.InteropServices;

namespace Unity.Collections
{
    public enum Allocator
    {
        Persistent = 4
    }

    /// Bytes in native memory.
    public struct NativeArray<T> : IDisposable where T : struct
    {
        internal IntPtr Pointer;

        public NativeArray(int length, Allocator allocator)
        {
            Length = length;
            Pointer = Marshal.AllocHGlobal(length + 1);
        }

        public int Length { get; private set; }

        public bool IsCreated
        {
            get { return Pointer != IntPtr.Zero; }
        }

        public void CopyFrom(byte[] bytes)
        {
            Marshal.Copy(bytes, 0, Pointer, bytes.Length);
        }

        public void Dispose()
        {
            Marshal.FreeHGlobal(Pointer);
            Pointer = IntPtr.Zero;
        }
    }
}

namespace Unity.Collections.LowLevel.Unsafe
{
    public static class NativeArrayUnsafeUtility
    {
        public static unsafe void* GetUnsafeReadOnlyPtr<T>(NativeArray<T> array) where T : struct
        {
            return (void*)array.Pointer;
        }
    }
}
