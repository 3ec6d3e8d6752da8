using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Glyxel.Tests
{
    /// The same inputs give the same bits as in C: tests/fixtures/vectors/README.md says what they are.
    internal static class VectorTests
    {
        private const string Expected = "target/vectors/expected.txt";

        private static readonly string[] Texts = Lines("texts.txt");
        private static readonly string[] Labels = Lines("labels.txt");

        private static string[] Lines(string name)
        {
            return File.ReadAllText("tests/fixtures/vectors/" + name).TrimEnd('\n').Split('\n');
        }

        private static Image[] Pictures()
        {
            byte[] pixels = Enumerable.Range(0, 120 * 30).Select(i => (byte)(i * 7 + i / 120)).ToArray();
            return new[]
            {
                Fixtures.Picture(0), Fixtures.Picture(1), Fixtures.Picture(2),
                Image.FromFile("tests/fixtures/pictures/420.jpg"),
                Image.FromPixels(pixels, 40, 30, ImageFormat.Rgb8, 120),
                Image.FromPixels(pixels, 40, 30, ImageFormat.Gray8, 120, true)
            };
        }

        private static string Bits(float value)
        {
            return BitConverter.ToInt32(BitConverter.GetBytes(value), 0).ToString("x8");
        }

        private static IEnumerable<string> Rows(string name, float[] values, int rows)
        {
            int columns = values.Length / rows;
            return Enumerable.Range(0, rows).Select(row => name + " " + row + string.Concat(values.Skip(row * columns).Take(columns).Select(x => " " + Bits(x))));
        }

        private static IEnumerable<string> Rows(string name, Prediction[][] items)
        {
            return items.Select((item, i) => name + " " + i + string.Concat(item.Select(p => " " + p.Index.ToString("x8") + " " + Bits(p.Score))));
        }

        private static IEnumerable<string> Ours()
        {
            Image[] pictures = Pictures();
            foreach (string line in Rows("embed_texts", Fixtures.RealText.EmbedTexts(Texts), Texts.Length))
                yield return line;
            foreach (string line in Rows("embed_images", Fixtures.RealImage.EmbedImages(pictures), pictures.Length))
                yield return line;
            foreach (string line in Rows("classify_images", Fixtures.RealImage.ClassifyImages(pictures, new TaskOptions { TopK = 5 })))
                yield return line;
            using (Model model = Fixtures.Load("tests/fixtures/heads/bert"))
            {
                foreach (string line in Rows("classify_texts", model.ClassifyTexts(Texts)))
                    yield return line;
                foreach (string line in Rows("zero_shot_texts", model.ZeroShotTexts(Texts, Labels), Texts.Length))
                    yield return line;
            }
            using (Model model = Fixtures.Load("tests/fixtures/heads/bert_cross_encoder"))
                foreach (string line in Rows("score_pairs", model.ScorePairs(Texts.Take(Texts.Length - 1).ToArray(), Texts.Skip(1).ToArray()), Texts.Length - 1))
                    yield return line;
            foreach (string line in Rows("zero_shot_images", Fixtures.Clip.ZeroShotImages(pictures, Labels), pictures.Length))
                yield return line;
        }

        [Test]
        private static void EveryBitIsThatOfC()
        {
            string[] expected = File.ReadAllLines(Expected), ours = Ours().ToArray();
            Check.That(expected.Length > 30, Expected + " has " + expected.Length + " lines");
            for (int i = 0; i < Math.Min(expected.Length, ours.Length); i++)
                Check.That(expected[i] == ours[i], "line " + (i + 1) + " is\n" + ours[i].Substring(0, Math.Min(80, ours[i].Length))
                    + " …, in C it is\n" + expected[i].Substring(0, Math.Min(80, expected[i].Length)) + " …");
            Check.Equal(expected.Length, ours.Length, "the number of lines");
        }
    }
}
