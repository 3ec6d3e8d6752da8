using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

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

        private static IEnumerable<string> Rows(string name, TokenVectors tokens)
        {
            return Texts.Select((text, i) => name + " " + i + string.Concat(tokens.Tokens(i).Select((token, place) =>
                " " + token.Id.ToString("x8") + " " + Bytes(text, token.Start) + " " + Bytes(text, token.Start + token.Length)
                + string.Concat(tokens.Vectors(i).Skip(place * tokens.Dimension).Take(tokens.Dimension).Select(x => " " + Bits(x))))));
        }

        private static string Bytes(string text, int chars)
        {
            return Encoding.UTF8.GetByteCount(text.Substring(0, chars)).ToString("x8");
        }

        private static IEnumerable<string> OfTokens()
        {
            using (Model model = Fixtures.Load("tests/fixtures/heads/bert"))
            using (TokenVectors tokens = model.EmbedTokens(Texts))
                foreach (string line in Rows("embed_tokens", tokens))
                    yield return line;
            using (Model model = Fixtures.Load("tests/fixtures/tokens/pylate"))
            using (TokenVectors queries = model.EmbedTokens(Texts, new TokenOptions { Role = TextRole.Query }))
            using (TokenVectors documents = model.EmbedTokens(Texts, new TokenOptions { Role = TextRole.Document }))
            {
                Neighbor[][] best = Similarity.MaxSim(queries, documents, 3);
                foreach (string line in Rows("embed_queries", queries).Concat(Rows("embed_documents", documents)).Concat(
                    best.Select((row, i) => "max_sim " + i + string.Concat(row.Select(n => " " + n.Index.ToString("x8") + " " + Bits(n.Score))))))
                    yield return line;
            }
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
            string[] expected = File.ReadAllLines(Expected), ours = Ours().Concat(OfTokens()).ToArray();
            Check.That(expected.Length > 30, Expected + " has " + expected.Length + " lines");
            for (int i = 0; i < Math.Min(expected.Length, ours.Length); i++)
                Check.That(expected[i] == ours[i], "line " + (i + 1) + " is\n" + ours[i].Substring(0, Math.Min(80, ours[i].Length))
                    + " …, in C it is\n" + expected[i].Substring(0, Math.Min(80, expected[i].Length)) + " …");
            Check.Equal(expected.Length, ours.Length, "the number of lines");
        }
    }
}
