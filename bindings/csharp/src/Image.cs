using System;
using System.IO;

namespace Glyxel
{
    /// <summary>
    /// A picture: a file's bytes, or raw pixels such as a game's texture. It only refers to them: they are read where they lie, during
    /// the calls that it is passed to, and must stay as they are until these are over.
    /// </summary>
    public sealed unsafe class Image
    {
        /// Pinned during a call; null if the description points at memory that needs none.
        internal readonly byte[] Bytes;
        internal readonly glyxel_image Description;

        private Image(byte[] bytes, IntPtr data, long length)
        {
            if (length < 0)
                throw new ArgumentOutOfRangeException("length", length, "it must not be negative");
            Bytes = bytes;
            Description.struct_size = (uint)sizeof(glyxel_image);
            Description.data = (byte*)data;
            Description.len = (UIntPtr)(ulong)length;
        }

        private Image(byte[] bytes, IntPtr data, long length, int width, int height, ImageFormat format, long rowStride, bool bottomUp)
            : this(bytes, data, length)
        {
            if (rowStride < 0)
                throw new ArgumentOutOfRangeException("rowStride", rowStride, "it must not be negative");
            Description.format = (int)format;
            Description.width = (uint)Sizes.NotNegative(width, "width");
            Description.height = (uint)Sizes.NotNegative(height, "height");
            Description.row_stride = (UIntPtr)(ulong)rowStride;
            Description.bottom_up = bottomUp ? 1 : 0;
        }

        /// <summary>A picture by the bytes of its file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.</summary>
        public static Image FromEncoded(byte[] file)
        {
            if (file == null)
                throw new ArgumentNullException("file");
            return new Image(file, IntPtr.Zero, file.LongLength);
        }

        /// <summary>The same of memory that is not .NET's.</summary>
        public static Image FromEncoded(IntPtr data, long length)
        {
            return new Image(null, data, length);
        }

        /// <summary>A picture by its file, which is read at once.</summary>
        /// <exception cref="IOException">The file cannot be read.</exception>
        public static Image FromFile(string path)
        {
            return FromEncoded(File.ReadAllBytes(path));
        }

        /// <summary>Raw pixels.</summary>
        /// <param name="pixels">The rows, one after the other.</param>
        /// <param name="width">In pixels.</param>
        /// <param name="height">In pixels.</param>
        /// <param name="format">What a pixel is.</param>
        /// <param name="rowStride">Bytes from a row to the next; 0: they follow each other without a gap.</param>
        /// <param name="bottomUp">Whether the first row is the bottom one (Unity, OpenGL).</param>
        public static Image FromPixels(byte[] pixels, int width, int height, ImageFormat format, int rowStride = 0, bool bottomUp = false)
        {
            if (pixels == null)
                throw new ArgumentNullException("pixels");
            return new Image(pixels, IntPtr.Zero, pixels.LongLength, width, height, format, rowStride, bottomUp);
        }

        /// <summary>The same of memory that is not .NET's: length bytes can be read from data.</summary>
        public static Image FromPixels(IntPtr data, long length, int width, int height, ImageFormat format, long rowStride = 0,
            bool bottomUp = false)
        {
            return new Image(null, data, length, width, height, format, rowStride, bottomUp);
        }
    }
}
