using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// A vector for each token: late interaction's own and hidden states.
    internal static class TokenTests
    {
        private const string Late = "tests/fixtures/tokens/";
        private static readonly string[] Some = { "The film was good.", "", "a river" };

        private static string[] Texts()
        {
            return Json.Strings(Json.Parse(File.ReadAllText("tests/fixtures/bert/texts.json")));
        }

        private static string Join<T>(IEnumerable<T> items)
        {
            return string.Join(" ", items);
        }

        /// PyLate's and colbert-ai's vectors, and the tokens that they are of.
        [Test]
        private static void QueriesAndDocumentsAreThoseOfTheReference()
        {
            string[] texts = Texts();
            foreach (string name in new[] { "pylate", "pylate_attended", "stanford" })
                using (Model model = Fixtures.Load(Late + name))
                {
                    Dictionary<string, object> rows = Json.ReadObject(Late + name + "/expected.json");
                    foreach (TextRole role in new[] { TextRole.Query, TextRole.Document })
                        using (TokenVectors got = model.EmbedTokens(texts, new TokenOptions { Role = role }))
                        {
                            string key = role.ToString().ToLowerInvariant();
                            Check.Equal(texts.Length, got.Counts.Count);
                            for (int i = 0; i < texts.Length; i++)
                            {
                                Check.Near(Safetensors.Read(Late + name + "/expected.safetensors", key + "." + i), got.Vectors(i), 1e-5f);
                                Dictionary<string, object> row = (Dictionary<string, object>)((List<object>)rows[key])[i];
                                Token[] tokens = got.Tokens(i);
                                Check.Equal(Join((List<object>)row["ids"]), Join(tokens.Select(token => token.Id)), name + "'s ids of " + key + " " + i);
                                Check.Equal(Join(((List<object>)row["spans"]).SelectMany(span => (List<object>)span)),
                                    Join(tokens.SelectMany(token => Bytes(texts[i], token))), name + "'s spans of " + key + " " + i);
                            }
                        }
                }
        }

        /// Where a token's part begins and ends, in bytes of UTF-8.
        private static IEnumerable<int> Bytes(string text, Token token)
        {
            yield return Encoding.UTF8.GetByteCount(text.Substring(0, token.Start));
            yield return Encoding.UTF8.GetByteCount(text.Substring(0, token.Start + token.Length));
        }

        /// With a model that embeds by their mean, hidden states are known by what it embeds.
        [Test]
        private static void TheMeanOfTheLastHiddenStateIsTheEmbedding()
        {
            string[] texts = Texts();
            int dimension = Fixtures.Text.Dimension;
            float[] embedded = Fixtures.Text.EmbedTexts(texts, new EmbedOptions { Normalize = false });
            using (TokenVectors tokens = Fixtures.Text.EmbedTokens(texts))
            {
                Check.Equal(dimension, tokens.Dimension);
                Check.Equal(Join(Fixtures.Text.CountTokens(texts).Select(n => Math.Min(n, tokens.Counts.Max()))), Join(tokens.Counts), "the counts");
                float[] means = Enumerable.Range(0, texts.Length).SelectMany(i => Mean(tokens.Vectors(i), dimension)).ToArray();
                Check.Near(embedded, means, 1e-5f);
            }
        }

        private static float[] Mean(float[] rows, int dimension)
        {
            return Enumerable.Range(0, dimension).Select(d => rows.Where((x, i) => i % dimension == d).Average()).ToArray();
        }

        [Test]
        private static void OptionsChooseTheVectors()
        {
            // It has several layers.
            Model model = Fixtures.RealText;
            int layers = Layers(model);
            float[] last = Vectors(model, new TokenOptions());
            Check.SameBits(last, Vectors(model, null));
            Check.SameBits(last, Vectors(model, new TokenOptions { Layer = layers }));
            Check.SameBits(last, Vectors(model, new TokenOptions { Layer = -1, Normalize = false }));
            float[] first = Vectors(model, new TokenOptions { Layer = 1 }), embeddings = Vectors(model, new TokenOptions { Layer = -layers - 1 });
            Check.SameBits(first, Vectors(model, new TokenOptions { Layer = -layers }));
            Check.That(!first.SequenceEqual(last) && !first.SequenceEqual(embeddings), "layers are alike");
            int dimension = model.Dimension;
            float[] unit = Vectors(model, new TokenOptions { Normalize = true });
            Check.Near(new[] { 1f }, new[] { unit.Skip(dimension).Take(dimension).Sum(x => x * x) }, 1e-5f);
            using (Model prompted = Fixtures.Load("tests/fixtures/bert/st_prompts"))
            using (TokenVectors none = prompted.EmbedTokens(Some, new TokenOptions { Prompt = "@" }))
            using (TokenVectors named = prompted.EmbedTokens(Some, new TokenOptions { Prompt = "@long" }))
            using (TokenVectors written = prompted.EmbedTokens(Some, new TokenOptions { Prompt = "the story of the river and of the film is " }))
            {
                Check.SameBits(written.ToArray(), named.ToArray());
                Check.That(named.Counts[0] > none.Counts[0], "the prompt has no tokens");
                Check.Equal("The", Part(Some[0], none.Tokens(0)[1]), "the first token's part");
                Check.Equal("", Part(Some[0], named.Tokens(0)[1]), "that of the prompt's");
            }
        }

        private static float[] Vectors(Model model, TokenOptions options)
        {
            using (TokenVectors tokens = model.EmbedTokens(Some, options))
                return tokens.ToArray();
        }

        private static int Layers(Model model)
        {
            Dictionary<string, object> info = (Dictionary<string, object>)Json.Parse(model.Info);
            return (int)(double)((Dictionary<string, object>)info["text"])["layers"];
        }

        private static string Part(string text, Token token)
        {
            return text.Substring(token.Start, token.Length);
        }

        /// Also of characters that are one char, two bytes; one char, three bytes; two chars, four bytes.
        [Test]
        private static void EveryTokenKnowsItsPartOfTheText()
        {
            string[] texts = { "a café, naïve", "🎬 popcorn 映画🎬", "\0" };
            foreach (Model model in new[] { Fixtures.Text, Fixtures.RealText })
                using (TokenVectors tokens = model.EmbedTokens(texts))
                    for (int i = 0; i < texts.Length; i++)
                        Check.Equal(texts[i].Replace(" ", "").Trim('\0'), string.Concat(tokens.Tokens(i).Select(token => Part(texts[i], token))), "all parts");
        }

        [Test]
        private static unsafe void VectorsAreReadWhereTheyLieOrCopied()
        {
            TokenVectors tokens;
            using (Model model = Fixtures.Load("tests/fixtures/bert/st_mean"))
                tokens = model.EmbedTokens(Some);
            // The model is gone; its vectors stay.
            using (tokens)
            {
                float[] all = tokens.ToArray(), room = Enumerable.Repeat(7f, all.Length + 2).ToArray(), there = new float[all.Length];
                Check.Equal(tokens.Counts.Sum() * tokens.Dimension, all.Length);
                tokens.CopyTo(room);
                Check.SameBits(all.Concat(new[] { 7f, 7f }).ToArray(), room);
                Check.SameBits(all, Enumerable.Range(0, 3).SelectMany(i => tokens.Vectors(i)).ToArray());
                Marshal.Copy(tokens.Address, there, 0, there.Length);
                Check.SameBits(all, there);
                Check.Equal("[CLS] [SEP]", Join(tokens.Tokens(1)), "the tokens of the empty text");
                Check.Equal("[CLS] the (0 to 3)", Join(tokens.Tokens(0).Take(2)));
            }
        }

        [Test]
        private static async Task ATaskGivesTheSame()
        {
            using (TokenVectors expected = Fixtures.Text.EmbedTokens(Some), got = await Fixtures.Text.EmbedTokensAsync(new List<string>(Some)))
            {
                Check.SameBits(expected.ToArray(), got.ToArray());
                Check.Equal(Join(expected.Tokens(0)), Join(got.Tokens(0)));
            }
        }

        [Test]
        private static void NothingGivesNothing()
        {
            using (TokenVectors none = Fixtures.Text.EmbedTokens(new string[0]))
            {
                Check.Equal(0, none.Counts.Count);
                Check.Equal(0, none.ToArray().Length);
                none.CopyTo(new float[0]);
                Check.Throws<ArgumentOutOfRangeException>(() => none.Vectors(0), "0 texts");
                Check.Equal(0, Similarity.MaxSim(none, none, 0).Length);
            }
        }

        [Test]
        private static void WhatDoesNotFitSaysSo()
        {
            Model text = Fixtures.Text;
            int layers = Layers(text);
            Check.Throws<ArgumentNullException>(() => text.EmbedTokens(null), "texts");
            Check.Throws<ArgumentNullException>(() => text.EmbedTokensAsync(null), "texts");
            Check.Throws<ArgumentException>(() => text.EmbedTokens(new[] { "a", "half \ud83c of one" }), "texts[1] holds half");
            Check.Throws<ArgumentException>(() => text.EmbedTokens(Some, new TokenOptions { Prompt = "\ud83c" }), "Prompt");
            foreach (int layer in new[] { layers + 1, -layers - 2, int.MaxValue, int.MinValue })
                Check.Throws<InvalidArgumentException>(() => text.EmbedTokens(Some, new TokenOptions { Layer = layer }), "layer");
            Check.Throws<InvalidArgumentException>(() => text.EmbedTokens(Some, new TokenOptions { Prompt = "@nobody" }), "nobody");
            Check.Throws<InvalidArgumentException>(() => text.EmbedTokens(Some, new TokenOptions { Role = (TextRole)3 }), "role");
            foreach (TextRole role in new[] { TextRole.Query, TextRole.Document })
                Check.Equal(Status.Unsupported,
                    Check.Throws<UnsupportedException>(() => text.EmbedTokens(Some, new TokenOptions { Role = role }), "late interaction").Status);
            Check.Throws<UnsupportedException>(() => Fixtures.RealImage.EmbedTokens(Some));
            using (TokenVectors tokens = text.EmbedTokens(Some))
            {
                Check.Throws<ArgumentOutOfRangeException>(() => tokens.Vectors(3), "3 texts");
                Check.Throws<ArgumentOutOfRangeException>(() => tokens.Tokens(-1), "3 texts");
                Check.Throws<ArgumentNullException>(() => tokens.CopyTo(null), "destination");
                Check.Throws<ArgumentException>(() => tokens.CopyTo(new float[3]), "destination has room for 3");
            }
        }
    }
}
