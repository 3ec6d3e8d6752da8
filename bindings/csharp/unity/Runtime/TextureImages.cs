using System;
using Unity.Collections;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;

namespace Glyxel.Unity
{
    /// <summary>
    /// Textures and native arrays as pictures, without a copy: their pixels are read where they lie, during the call that the picture is
    /// passed to. Until its task has ended, neither change nor destroy the texture, and do not dispose of the array.
    /// </summary>
    public static class TextureImages
    {
        /// <summary>A texture in RGBA32, BGRA32, RGB24 or R8, its first mip level. On the main thread only, as all of Unity's textures.</summary>
        /// <exception cref="ArgumentException">The texture is not readable, or of another format.</exception>
        public static Image ToImage(this Texture2D texture)
        {
            if (texture == null)
                throw new ArgumentNullException("texture");
            if (!texture.isReadable)
                throw new ArgumentException("the texture " + texture.name + " is not readable; tick Read/Write in its import settings", "texture");
            return texture.GetRawTextureData<byte>().ToImage(texture.width, texture.height, FormatOf(texture));
        }

        /// <summary>Pixels in a native array, such as those of an AsyncGPUReadback.</summary>
        /// <param name="pixels">The rows, one after the other; what lies behind them, such as mip levels, is not read.</param>
        /// <param name="width">In pixels.</param>
        /// <param name="height">In pixels.</param>
        /// <param name="format">What a pixel is.</param>
        /// <param name="bottomUp">Whether the first row is the bottom one, as Unity has it.</param>
        public static unsafe Image ToImage(this NativeArray<byte> pixels, int width, int height, ImageFormat format, bool bottomUp = true)
        {
            if (!pixels.IsCreated)
                throw new ArgumentException("the native array was never made or is disposed of", "pixels");
            IntPtr data = (IntPtr)NativeArrayUnsafeUtility.GetUnsafeReadOnlyPtr(pixels);
            return Image.FromPixels(data, pixels.Length, width, height, format, 0, bottomUp);
        }

        /// <summary>A picture's file (JPEG, PNG …) in a native array, such as that of a download.</summary>
        public static unsafe Image ToEncodedImage(this NativeArray<byte> file)
        {
            if (!file.IsCreated)
                throw new ArgumentException("the native array was never made or is disposed of", "file");
            return Image.FromEncoded((IntPtr)NativeArrayUnsafeUtility.GetUnsafeReadOnlyPtr(file), file.Length);
        }

        private static ImageFormat FormatOf(Texture2D texture)
        {
            switch (texture.format)
            {
                case TextureFormat.RGBA32: return ImageFormat.Rgba8;
                case TextureFormat.BGRA32: return ImageFormat.Bgra8;
                case TextureFormat.RGB24: return ImageFormat.Rgb8;
                case TextureFormat.R8: return ImageFormat.Gray8;
                default:
                    throw new ArgumentException("the texture " + texture.name + " is in " + texture.format
                        + "; glyxel reads RGBA32, BGRA32, RGB24 and R8: choose one in its import settings", "texture");
            }
        }
    }
}
