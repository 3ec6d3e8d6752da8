using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    internal static class TextTests
    {
        private const string Mean = "tests/fixtures/bert/st_mean";

        private static string[] Texts()
        {
            return Json.Strings(Json.Parse(File.ReadAllText("tests/fixtures/bert/texts.json")));
        }

        [Test]
        private static void TheRealMiniLmIsThatOfSentenceTransformers()
        {
            string[] sentences = Json.Strings(Json.Parse(File.ReadAllText("tests/fixtures/minilm/sentences.json")));
            byte[] bytes = File.ReadAllBytes("tests/fixtures/minilm/expected.f32");
            float[] expected = new float[bytes.Length / 4];
            Buffer.BlockCopy(bytes, 0, expected, 0, bytes.Length);
            Check.Equal(384, Fixtures.RealText.Dimension);
            Check.Near(expected, Fixtures.RealText.EmbedTexts(sentences), 1e-5f);
        }

        /// NULs, emoji and all: the same vectors and counts as Python's.
        [Test]
        private static void EveryTextOfTheFixtureIsEmbedded()
        {
            string[] texts = Texts();
            Check.That(texts.Any(text => text.Contains("\0")) && texts.Any(text => text.Contains("🎬")), "the hard texts are gone");
            Check.Near(Safetensors.Read(Mean + "/expected.safetensors", "embeddings"), Fixtures.Text.EmbedTexts(texts), 1e-5f);
            List<object> ids = (List<object>)Json.ReadObject(Mean + "/expected.json")["token_counts"];
            Check.Equal(string.Join(" ", ids), string.Join(" ", Fixtures.Text.CountTokens(texts)));
        }

        [Test]
        private static void OptionsChangeTheVectors()
        {
            string[] text = { "The film was good." };
            float[] all = Fixtures.Text.EmbedTexts(text, new EmbedOptions { Normalize = false });
            float[] first = Fixtures.Text.EmbedTexts(text, new EmbedOptions { Normalize = false, Dimension = 5 });
            Check.SameBits(all.Take(5).ToArray(), first);
            float[] unit = Fixtures.Text.EmbedTexts(text, new EmbedOptions { Normalize = true, Dimension = 5 });
            Check.Near(new[] { 1f }, new[] { unit.Sum(x => x * x) }, 1e-5f);
            using (Model prompted = Fixtures.Load("tests/fixtures/bert/st_prompts"))
            {
                float[] named = prompted.EmbedTexts(text, new EmbedOptions { Prompt = "@long" });
                Check.SameBits(named, prompted.EmbedTexts(text, new EmbedOptions { Prompt = "the story of the river and of the film is " }));
                Check.That(!named.SequenceEqual(prompted.EmbedTexts(text, new EmbedOptions { Prompt = "@" })), "the prompt changes nothing");
                Check.SameBits(prompted.EmbedText(text[0], new EmbedOptions { Prompt = "@query" }), prompted.EmbedText(text[0]));
            }
        }

        [Test]
        private static async Task EveryOverloadGivesTheSameVectors()
        {
            string[] texts = { "a good film", "" };
            int dimension = Fixtures.Text.Dimension;
            float[] vectors = Fixtures.Text.EmbedTexts(texts);
            float[] room = Enumerable.Repeat(7f, vectors.Length + 3).ToArray();
            Fixtures.Text.EmbedTexts(texts, room);
            Check.SameBits(vectors.Concat(new[] { 7f, 7f, 7f }).ToArray(), room);
            Check.SameBits(vectors, Fixtures.Text.EmbedTexts(new List<string>(texts)));
            Check.SameBits(vectors, await Fixtures.Text.EmbedTextsAsync(texts));
            Array.Clear(room, 0, room.Length);
            Check.That(ReferenceEquals(room, await Fixtures.Text.EmbedTextsAsync(texts, room)), "another array");
            Check.SameBits(vectors.Concat(new float[3]).ToArray(), room);
            float[] alone = Fixtures.Text.EmbedText(texts[0]);
            Check.Near(vectors.Take(dimension).ToArray(), alone, 1e-6f);
            Check.SameBits(alone, await Fixtures.Text.EmbedTextAsync(texts[0]));
        }

        [Test]
        private static void NothingGivesNothing()
        {
            Check.Equal(0, Fixtures.Text.EmbedTexts(new string[0]).Length);
            Check.Equal(0, Fixtures.Text.CountTokens(new string[0]).Length);
            Fixtures.Text.EmbedTexts(new List<string>(), new float[0]);
        }

        [Test]
        private static unsafe void ABundleIsTheSameModel()
        {
            string path = Path.Combine(Fixtures.Scratch("bundle"), "módel 映画.pt");
            float[] expected = Fixtures.Text.EmbedText("a good film");
            Fixtures.Text.Save(path);
            using (Model model = Fixtures.Load(path))
                Check.SameBits(expected, model.EmbedText("a good film"));
            byte[] bytes = File.ReadAllBytes(path);
            using (Model model = Model.LoadMemory(bytes))
                Check.SameBits(expected, model.EmbedText("a good film"));
            fixed (byte* pointer = bytes)
                using (Model model = Model.LoadMemory((IntPtr)pointer, bytes.LongLength))
                    Check.SameBits(expected, model.EmbedText("a good film"));
            using (Model model = Model.LoadMemoryAsync(bytes).Result)
                Check.SameBits(expected, model.EmbedText("a good film"));
        }

        [Test]
        private static void AModelDescribesItself()
        {
            Dictionary<string, object> info = (Dictionary<string, object>)Json.Parse(Fixtures.Text.Info);
            Check.Equal("bert", (string)info["architecture"]);
            Check.Equal("cpu", (string)info["device"]);
            using (Model model = Model.Load(Mean, new LoadOptions { CacheDirectory = Fixtures.Options.CacheDirectory, Precision = "bf16" }))
                Check.That(model.Info.Contains("\"bf16\""), model.Info);
            Check.That(GlyxelLibrary.BuildInfo.Contains("libtorch 2."), GlyxelLibrary.BuildInfo);
        }

        [Test]
        private static void EverySettingReachesTheLibrary()
        {
            LoadOptions all = new LoadOptions
            {
                Device = "cpu",
                Precision = "f32",
                MaxLength = 4,
                ImageSize = "224x224",
                MaxImagePixels = 1000,
                Cache = false,
                CacheDirectory = Fixtures.Scratch("settings"),
                Offline = true,
                Revision = "main",
                Token = "none"
            };
            all.Others.Add("max_length", "3");
            // It takes no pictures, and says so of a setting that reached it.
            Check.Throws<InvalidArgumentException>(() => Model.Load(Mean, all), "image_size");
            all.ImageSize = null;
            using (Model model = Model.Load(Mean, all))
            {
                Check.That(model.Info.Contains("\"max_length\":3"), model.Info);
                Check.Equal(0, Directory.GetFiles(all.CacheDirectory, "*", SearchOption.AllDirectories).Length, "kept files");
            }
        }
    }
}
