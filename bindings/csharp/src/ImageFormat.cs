namespace Glyxel
{
    /// <summary>What the bytes of a picture are.</summary>
    public enum ImageFormat
    {
        /// <summary>A file: JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.</summary>
        Encoded = 0,
        /// <summary>Pixels of 3 bytes: red, green, blue. Unity: RGB24.</summary>
        Rgb8 = 1,
        /// <summary>Pixels of 4 bytes: red, green, blue, alpha, which is ignored. Unity: RGBA32.</summary>
        Rgba8 = 2,
        /// <summary>Pixels of 4 bytes: blue, green, red, alpha, which is ignored. Unity: BGRA32.</summary>
        Bgra8 = 3,
        /// <summary>Pixels of 1 byte. Unity: R8.</summary>
        Gray8 = 4
    }
}
