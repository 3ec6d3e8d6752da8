using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    internal static class ImageTests
    {
        private const string Clip = "tests/fixtures/images/clip";

        private static Image[] Pictures()
        {
            return new[] { Fixtures.Picture(0), Fixtures.Picture(1), Fixtures.Picture(2) };
        }

        [Test]
        private static void TheRealLite0SeesACat()
        {
            Prediction[] seen = Fixtures.RealImage.ClassifyImages(new[] { Fixtures.Cat() }, new TaskOptions { TopK = 3 })[0];
            Check.Equal(3, seen.Length);
            Check.Equal(281, seen[0].Index);
            Check.Equal("tabby cat", seen[0].Label.Split(',')[0]);
            Check.That(seen[0].Score > seen[1].Score && seen[1].Score >= seen[2].Score && seen[2].Score > 0, "the order of scores");
            Check.Equal(1280, Fixtures.RealImage.EmbedImages(new[] { Fixtures.Cat() }).Length);
        }

        [Test]
        private static async Task ClipsVectorsAreThoseOfTransformers()
        {
            float[] expected = Safetensors.Read(Clip + "/expected.safetensors", "embeddings");
            float[] vectors = Fixtures.Clip.EmbedImages(Pictures());
            Check.Near(expected, vectors, 2e-5f);
            float[] room = new float[vectors.Length];
            Fixtures.Clip.EmbedImages(Pictures(), room);
            Check.SameBits(vectors, room);
            Check.SameBits(vectors, await Fixtures.Clip.EmbedImagesAsync(Pictures()));
            Check.SameBits(vectors, await Fixtures.Clip.EmbedImagesAsync(Pictures(), room));
            Check.Equal(0, Fixtures.Clip.EmbedImages(new Image[0]).Length);
        }

        [Test]
        private static async Task ZeroShotLabelsShareOutOne()
        {
            string[] labels = { "a cat", "two dogs", "the sea" };
            float[] scores = Fixtures.Clip.ZeroShotImages(Pictures(), labels);
            Check.Equal(9, scores.Length);
            for (int i = 0; i < 3; i++)
                Check.Near(new[] { 1f }, new[] { scores[3 * i] + scores[3 * i + 1] + scores[3 * i + 2] }, 1e-5f);
            float[] room = new float[9];
            Fixtures.Clip.ZeroShotImages(Pictures(), labels, room);
            Check.SameBits(scores, room);
            Check.SameBits(scores, await Fixtures.Clip.ZeroShotImagesAsync(Pictures(), labels));
            TaskOptions drawn = new TaskOptions { Template = "a drawing of {}", Activation = Activation.None };
            Check.That(!scores.SequenceEqual(Fixtures.Clip.ZeroShotImages(Pictures(), labels, drawn)), "the template changes nothing");
            TaskOptions several = new TaskOptions { Templates = new[] { "a drawing of {}", "This is a photo of {}." } };
            Check.That(!scores.SequenceEqual(Fixtures.Clip.ZeroShotImages(Pictures(), labels, several)), "the templates change nothing");
            several.Templates = new[] { "This is a photo of {}." };
            Check.Near(scores, Fixtures.Clip.ZeroShotImages(Pictures(), labels, several), 1e-6f);
            several.Templates = new[] { "a drawing of {}", null };
            Check.Throws<ArgumentException>(() => Fixtures.Clip.ZeroShotImages(Pictures(), labels, several), "Templates[1] is null");
            Check.Equal(0, Fixtures.Clip.ZeroShotImages(Pictures(), new string[0]).Length);
        }

        /// One picture in every layout: the vectors are the same to the bit.
        [Test]
        private static unsafe void EveryLayoutOfPixelsIsTheSamePicture()
        {
            const int Width = 6, Height = 4;
            byte[] rgba = Enumerable.Range(0, Width * Height * 4).Select(i => (byte)(i * 5)).ToArray();
            float[] expected = Vector(Image.FromPixels(rgba, Width, Height, ImageFormat.Rgba8));
            byte[] bgra = Pixels(rgba, p => new[] { p[2], p[1], p[0], (byte)9 });
            byte[] rgb = Pixels(rgba, p => new[] { p[0], p[1], p[2] });
            Check.SameBits(expected, Vector(Image.FromPixels(bgra, Width, Height, ImageFormat.Bgra8)));
            Check.SameBits(expected, Vector(Image.FromPixels(rgb, Width, Height, ImageFormat.Rgb8)));
            byte[] gapped = Rows(rgb, Width * 3).SelectMany(row => row.Concat(new byte[5])).ToArray();
            Check.SameBits(expected, Vector(Image.FromPixels(gapped, Width, Height, ImageFormat.Rgb8, Width * 3 + 5)));
            byte[] upsideDown = Rows(rgb, Width * 3).Reverse().SelectMany(row => row).ToArray();
            Check.SameBits(expected, Vector(Image.FromPixels(upsideDown, Width, Height, ImageFormat.Rgb8, 0, true)));
            Check.That(!expected.SequenceEqual(Vector(Image.FromPixels(upsideDown, Width, Height, ImageFormat.Rgb8))), "bottomUp changes nothing");
            fixed (byte* pointer = rgba)
                Check.SameBits(expected, Vector(Image.FromPixels((IntPtr)pointer, rgba.Length, Width, Height, ImageFormat.Rgba8)));
            byte[] gray = Enumerable.Range(0, Width * Height).Select(i => (byte)(i * 9)).ToArray();
            byte[] asRgb = gray.SelectMany(g => new[] { g, g, g }).ToArray();
            Check.SameBits(Vector(Image.FromPixels(asRgb, Width, Height, ImageFormat.Rgb8)),
                Vector(Image.FromPixels(gray, Width, Height, ImageFormat.Gray8)));
        }

        [Test]
        private static unsafe void AnEncodedPictureFromNativeMemory()
        {
            byte[] file = File.ReadAllBytes("tests/fixtures/images/pictures/1.png");
            fixed (byte* pointer = file)
                Check.SameBits(Vector(Image.FromEncoded(file)), Vector(Image.FromEncoded((IntPtr)pointer, file.LongLength)));
        }

        [Test]
        private static async Task ClassesOfPicturesAsATask()
        {
            using (Model vit = Fixtures.Load("tests/fixtures/images/vit"))
            {
                Prediction[][] now = vit.ClassifyImages(Pictures()), later = await vit.ClassifyImagesAsync(Pictures());
                Check.Equal(3, now.Length);
                Check.Equal(string.Join(";", now.Select(item => string.Join(",", item))), string.Join(";", later.Select(item => string.Join(",", item))));
                Check.That(Math.Abs(now[0].Sum(p => p.Score) - 1) < 1e-5, "the scores of all classes do not make 1");
            }
        }

        private static float[] Vector(Image image)
        {
            return Fixtures.Clip.EmbedImages(new[] { image });
        }

        private static IEnumerable<byte[]> Rows(byte[] bytes, int length)
        {
            for (int at = 0; at < bytes.Length; at += length)
                yield return bytes.Skip(at).Take(length).ToArray();
        }

        private static byte[] Pixels(byte[] rgba, Func<byte[], byte[]> change)
        {
            return Rows(rgba, 4).SelectMany(change).ToArray();
        }
    }
}
