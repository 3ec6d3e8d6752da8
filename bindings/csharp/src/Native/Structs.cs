using System;
using System.Runtime.InteropServices;

namespace Glyxel
{
    // The structs of include/glyxel.h under their own names; a test compares sizes and offsets with a C compiler's.

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct glyxel_str
    {
        public byte* ptr;
        public UIntPtr len;

        internal glyxel_str(byte* ptr, int len)
        {
            this.ptr = ptr;
            this.len = (UIntPtr)(uint)len;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct glyxel_embed_options
    {
        public uint struct_size;
        public int normalize;
        public uint dim;
        public uint reserved;
        public glyxel_str prompt;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct glyxel_token_options
    {
        public uint struct_size;
        public int layer;
        public int role;
        public int normalize;
        public glyxel_str prompt;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct glyxel_image
    {
        public uint struct_size;
        public int format;
        public uint width;
        public uint height;
        public UIntPtr row_stride;
        public byte* data;
        public UIntPtr len;
        public int bottom_up;
        public uint reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct glyxel_task_options
    {
        public uint struct_size;
        public int activation;
        public uint top_k;
        public uint reserved;
        public glyxel_str template_;
        public glyxel_str* templates;
        public UIntPtr n_templates;
    }
}
