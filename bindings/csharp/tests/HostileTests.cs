using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Glyxel.Tests
{
    /// Whatever comes in, an exception that says what was wrong.
    internal static class HostileTests
    {
        private static readonly string[] Text = { "a" };
        private static readonly float[] Vector = { 1, 2 };

        [Test]
        private static void NullIsNamed()
        {
            Model text = Fixtures.Text, clip = Fixtures.Clip;
            Check.Throws<ArgumentNullException>(() => text.EmbedText(null), "text");
            Check.Throws<ArgumentNullException>(() => text.EmbedTexts(null), "texts");
            Check.Throws<ArgumentNullException>(() => text.EmbedTexts(Text, (float[])null), "destination");
            Check.Throws<ArgumentException>(() => text.EmbedTexts(new[] { "a", null }), "texts[1] is null");
            Check.Throws<ArgumentNullException>(() => text.CountTokens(null), "texts");
            Check.Throws<ArgumentNullException>(() => clip.EmbedImages(null), "images");
            Check.Throws<ArgumentNullException>(() => clip.EmbedImages(new[] { Fixtures.Picture(0) }, (float[])null), "destination");
            Check.Throws<ArgumentException>(() => clip.EmbedImages(new Image[] { null }), "images[0] is null");
            Check.Throws<ArgumentNullException>(() => clip.ClassifyImages(null), "images");
            Check.Throws<ArgumentNullException>(() => clip.ZeroShotImages(null, Text), "images");
            Check.Throws<ArgumentNullException>(() => clip.ZeroShotImages(new Image[0], null), "labels");
            Check.Throws<ArgumentNullException>(() => text.ClassifyTexts(null), "texts");
            Check.Throws<ArgumentNullException>(() => text.ZeroShotTexts(Text, null), "labels");
            Check.Throws<ArgumentNullException>(() => text.ScorePairs(Text, null), "second");
            Check.Throws<ArgumentNullException>(() => text.EmbedTextsAsync(null), "texts");
            Check.Throws<ArgumentNullException>(() => Model.LoadMemory(null), "bundle");
            Check.Throws<ArgumentNullException>(() => Image.FromEncoded(null), "file");
            Check.Throws<ArgumentNullException>(() => Image.FromPixels(null, 1, 1, ImageFormat.Rgb8), "pixels");
            Check.Throws<ArgumentNullException>(() => Similarity.TopK(null, Vector, 2, 1), "queries");
            Check.Throws<ArgumentNullException>(() => Similarity.Recommend(Vector, 2, null, null, 1), "liked");
            Check.Throws<InvalidArgumentException>(() => Model.Load(null), "empty");
            Check.Throws<InvalidArgumentException>(() => text.Save(null), "empty");
        }

        /// Half of a surrogate pair is no character; .NET's encoder would silently embed another one.
        [Test]
        private static void TextsThatAreNone()
        {
            Check.Throws<ArgumentException>(() => Fixtures.Text.EmbedTexts(new[] { "fine", "half \ud83c of one" }), "texts[1] holds half");
            Check.Throws<ArgumentException>(() => Fixtures.Text.CountTokens(new[] { "\udfff" }), "index 0");
            Check.Throws<ArgumentException>(() => Model.Load("a\ud83c"), "source");
            Check.Throws<ArgumentException>(() => Fixtures.Text.EmbedTexts(Text, new EmbedOptions { Prompt = "\ud83c" }), "Prompt");
            Check.Throws<InvalidArgumentException>(() => Model.Load("a\0b"), "NUL");
            Check.Equal(Fixtures.Text.Dimension, Fixtures.Text.EmbedText("a\0b").Length);
            Check.Equal(Fixtures.Text.Dimension, Fixtures.Text.EmbedText(new string('x', 3000000)).Length);
        }

        [Test]
        private static void SizesThatDoNotFit()
        {
            Model text = Fixtures.Text;
            int dimension = text.Dimension;
            Check.Throws<ArgumentException>(() => text.EmbedTexts(Text, new float[dimension - 1]), "destination has room for " + (dimension - 1));
            Check.Throws<ArgumentOutOfRangeException>(() => text.EmbedTexts(Text, new EmbedOptions { Dimension = -1 }), "negative");
            Check.Throws<InvalidArgumentException>(() => text.EmbedTexts(Text, new EmbedOptions { Dimension = int.MaxValue }), "dim");
            Check.Throws<ArgumentException>(() => text.ScorePairs(new[] { "a", "b" }, Text), "2 first texts and 1 second");
            Check.Throws<ArgumentException>(() => Similarity.TopK(new float[3], Vector, 2, 1), "no number of rows of 2");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.TopK(Vector, Vector, 0, 1), "at least one");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.TopK(Vector, Vector, 2, 2), "only 1 vectors");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.TopK(Vector, Vector, 2, -1), "negative");
            Check.Throws<ArgumentException>(() => Similarity.TopK(Vector, Vector, 2, 1, new long[0], new float[1]), "indices has room for 0");
            Check.Throws<ArgumentException>(() => Similarity.TopK(Vector, Vector, 2, 1, new long[1], new float[0]), "scores has room for 0");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.Recommend(Vector, 2, new[] { -1 }, null, 0), "liked");
            Check.Throws<InvalidArgumentException>(() => Similarity.Recommend(Vector, 2, new[] { 9 }, null, 0), "liked");
            Check.Throws<ArgumentException>(() => Quantization.Quantize(Vector, 2, Codes.Int8, new float[3]), "ranges has room for 3");
            Check.Throws<ArgumentException>(() => Quantization.Quantize(Vector, 2, Codes.Int8, null, new byte[1]), "destination has room for 1");
            Check.Throws<ArgumentException>(() => Quantization.TopK(new byte[2], new byte[2], 2, Codes.Int8, 1, new float[1]), "floatQueries");
            Check.Throws<ArgumentOutOfRangeException>(() => Quantization.TopK(new byte[2], new byte[2], 2, Codes.Int8, 1, null, -1), "rescore");
            Check.Throws<InvalidArgumentException>(() => new Centroids(0, 2), "label");
            Check.Throws<ArgumentOutOfRangeException>(() => new Centroids(-1, 2), "negative");
            using (Centroids centroids = new Centroids(1, 2))
            {
                Check.Throws<ArgumentException>(() => centroids.Add(Vector, new int[2]), "2 labels");
                Check.Throws<InvalidArgumentException>(() => centroids.Add(Vector, new[] { 1 }), "label");
                Check.Throws<InvalidArgumentException>(() => centroids.Classify(Vector), "example");
                Check.Throws<InvalidArgumentException>(() => centroids.Get(1), "label");
                Check.Throws<ArgumentException>(() => centroids.Classify(Vector, new int[0], null), "labels has room for 0");
            }
        }

        [Test]
        private static void PicturesThatAreNone()
        {
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromEncoded(new byte[0])), "images[0]");
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromEncoded(new byte[] { 1, 2, 3 })), "JPEG");
            byte[] half = File.ReadAllBytes("tests/fixtures/images/pictures/0.png");
            Array.Resize(ref half, half.Length / 2);
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromEncoded(half)), "PNG");
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromEncoded(IntPtr.Zero, 5)), "NULL");
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromPixels(new byte[5], 2, 2, ImageFormat.Rgb8)), "images[0]");
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromPixels(new byte[5], int.MaxValue, int.MaxValue, ImageFormat.Rgba8)), "images[0]");
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromPixels(new byte[4], 1, 1, (ImageFormat)77)), "format");
            Check.Throws<InvalidArgumentException>(() => Embed(Image.FromPixels(new byte[12], 2, 2, ImageFormat.Rgb8, 1)), "row_stride");
            Check.Throws<ArgumentOutOfRangeException>(() => Image.FromPixels(new byte[12], -2, 2, ImageFormat.Rgb8), "width");
            Check.Throws<ArgumentOutOfRangeException>(() => Image.FromPixels(new byte[12], 2, 2, ImageFormat.Rgb8, -1), "rowStride");
            Check.Throws<ArgumentOutOfRangeException>(() => Image.FromPixels(IntPtr.Zero, -1, 2, 2, ImageFormat.Rgb8), "length");
            Check.Throws<FileNotFoundException>(() => Image.FromFile("target/nothing.png"), "nothing.png");
        }

        private static void Embed(Image image)
        {
            Fixtures.Clip.EmbedImages(new[] { image });
        }

        /// Each status that a caller can bring about is its own class of exceptions.
        [Test]
        private static void ExceptionsByStatus()
        {
            string folder = Fixtures.Scratch("exceptions");
            Check.Equal(Status.NotFound, Check.Throws<NotFoundException>(() => Model.Load("file:target/nowhere"), "nowhere").Status);
            Check.Equal(Status.NotFound, Check.Throws<NotFoundException>(() => Fixtures.Load("nobody/nothing"), "offline").Status);
            Check.Equal(Status.InvalidArgument,
                Check.Throws<InvalidArgumentException>(() => Fixtures.Text.EmbedTexts(Text, new EmbedOptions { Prompt = "@nobody" }), "nobody").Status);
            Check.Equal(Status.Unsupported, Check.Throws<UnsupportedException>(() => Fixtures.Text.ClassifyTexts(Text)).Status);
            Check.Throws<UnsupportedException>(() => Fixtures.Text.EmbedImages(new[] { Fixtures.Picture(0) }));
            Check.Throws<UnsupportedException>(() => Fixtures.Text.ClassifyImages(new[] { Fixtures.Picture(0) }));
            Check.Throws<UnsupportedException>(() => Fixtures.Text.ScorePairs(Text, Text));
            Check.Throws<UnsupportedException>(() => Fixtures.Text.ZeroShotTexts(Text, Text));
            Check.Throws<UnsupportedException>(() => Fixtures.Text.ZeroShotImages(new[] { Fixtures.Picture(0) }, Text));
            string damaged = Path.Combine(folder, "damaged.pt");
            Fixtures.Text.Save(damaged);
            byte[] bytes = File.ReadAllBytes(damaged);
            bytes[bytes.Length / 2] ^= 1;
            Check.Equal(Status.BadModel, Check.Throws<BadModelException>(() => Model.LoadMemory(bytes)).Status);
            Check.Throws<BadModelException>(() => Model.LoadMemory(new byte[0]));
            Check.Throws<NotFoundException>(() => Fixtures.Text.Save(Path.Combine(folder, "nowhere", "model.pt")));
            Check.Throws<InvalidArgumentException>(() => Fixtures.Text.Save(folder));
            LoadOptions misspelt = Fixtures.Options;
            misspelt.Others.Add("presicion", "f32");
            Check.Throws<InvalidArgumentException>(() => Model.Load("anything", misspelt), "precision");
            Check.Throws<InvalidArgumentException>(() => Model.Load("anything", new LoadOptions { Device = "abacus" }), "abacus");
            Check.Throws<InvalidArgumentException>(() => Similarity.TopK(new[] { float.NaN, 1 }, Vector, 2, 1), "queries[0]");
            Check.Throws<InvalidArgumentException>(() => Similarity.TopK(Vector, Vector, 2, 1, (Metric)9), "metric");
            Check.Throws<InvalidArgumentException>(() => Quantization.Quantize(Vector, 2, (Codes)9), "codes");
            Check.Throws<InvalidArgumentException>(() => Similarity.Duplicates(Vector, 2, 3), "threshold");
            Check.Throws<InvalidArgumentException>(() => GlyxelLibrary.Configure("thread", "2"), "threads");
            // The library is as good as before.
            Check.Equal(Fixtures.Text.Dimension, Fixtures.Text.EmbedText("a").Length);
        }

        /// The other statuses become these; the mapping has no holes.
        [Test]
        private static void EveryStatusHasItsException()
        {
            Dictionary<Status, Type> own = typeof(GlyxelException).Assembly.GetExportedTypes().Where(type => type.BaseType == typeof(GlyxelException))
                .ToDictionary(type => ((GlyxelException)Activator.CreateInstance(type, "why")).Status);
            System.Reflection.MethodInfo of = typeof(Model).Assembly.GetType("Glyxel.Failure")
                .GetMethod("Of", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic);
            foreach (Status status in Enum.GetValues(typeof(Status)).Cast<Status>().Where(s => s != Status.Ok))
            {
                Type expected = status == Status.Cancelled ? typeof(OperationCanceledException) : status == Status.Timeout ? typeof(TimeoutException)
                    : own[status];
                Exception made = (Exception)of.Invoke(null, new object[] { status, "why" });
                Check.Equal(expected, made.GetType());
                Check.Equal("why", made.Message);
            }
            Check.Equal(typeof(GlyxelException), of.Invoke(null, new object[] { (Status)99, "why" }).GetType(), "a status of a newer library");
        }
    }
}
