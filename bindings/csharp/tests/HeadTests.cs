using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// Classes, zero-shot labels and pairs are those of transformers' pipelines and of CrossEncoder.
    internal static class HeadTests
    {
        private const string Heads = "tests/fixtures/heads/";

        private static readonly Dictionary<string, object> Inputs = Json.ReadObject(Heads + "inputs.json");

        [Test]
        private static async Task ClassesOfTexts()
        {
            string[] texts = Json.Strings(Inputs["texts"]);
            List<object> expected = (List<object>)Json.ReadObject(Heads + "bert/expected.json")["predictions"];
            using (Model model = Fixtures.Load(Heads + "bert"))
            {
                Prediction[][] got = model.ClassifyTexts(texts);
                Check.Equal(expected.Count, got.Length);
                for (int i = 0; i < got.Length; i++)
                {
                    List<object> item = (List<object>)expected[i];
                    Check.Equal(item.Count, got[i].Length);
                    for (int rank = 0; rank < item.Count; rank++)
                    {
                        List<object> wanted = (List<object>)item[rank];
                        Check.Equal((string)wanted[0], got[i][rank].Label);
                        Check.Near(new[] { (float)(double)wanted[1] }, new[] { got[i][rank].Score }, 1e-5f);
                    }
                }
                Check.Equal(1, model.ClassifyTexts(texts, new TaskOptions { TopK = 1 })[0].Length);
                Check.That(model.ClassifyTexts(texts, new TaskOptions { Activation = Activation.Sigmoid })[0][0].Score != got[0][0].Score, "activation");
                Check.Equal(got[2][0].ToString(), (await model.ClassifyTextsAsync(texts))[2][0].ToString());
                Check.Equal(0, model.ClassifyTexts(new string[0]).Length);
            }
        }

        [Test]
        private static async Task ZeroShotLabelsOfTexts()
        {
            string[] texts = Json.Strings(Inputs["texts"]).Where(text => text.Length > 0).ToArray();
            int asked = 0;
            using (Model model = Fixtures.Load(Heads + "bert"))
                foreach (Dictionary<string, object> question in (List<object>)Json.ReadObject(Heads + "bert/expected.json")["zero_shot"])
                {
                    string[] labels = Json.Strings(question["labels"]);
                    TaskOptions options = new TaskOptions
                    {
                        Template = (string)question["template"],
                        Activation = (bool)question["multi_label"] ? Activation.Sigmoid : Activation.Default
                    };
                    float[] expected = ((List<object>)question["scores"]).SelectMany(row => (List<object>)row).Select(x => (float)(double)x).ToArray();
                    float[] got = model.ZeroShotTexts(texts, labels, options), room = new float[got.Length];
                    Check.Near(expected, got, 1e-5f);
                    model.ZeroShotTexts(texts, labels, room, options);
                    Check.SameBits(got, room);
                    Check.SameBits(got, await model.ZeroShotTextsAsync(texts, labels, options));
                    asked++;
                }
            Check.Equal(8, asked);
        }

        [Test]
        private static void SeveralTemplatesAreAveraged()
        {
            string[] texts = { "The film was good.", "why?" }, labels = { "film", "river" }, templates = { "This example is {}.", "the {}?" };
            using (Model model = Fixtures.Load(Heads + "bert"))
            {
                float[] first = model.ZeroShotTexts(texts, labels, new TaskOptions { Template = templates[0] });
                float[] second = model.ZeroShotTexts(texts, labels, new TaskOptions { Template = templates[1] });
                float[] mean = first.Zip(second, (a, b) => (a + b) / 2).ToArray();
                Check.Near(mean, model.ZeroShotTexts(texts, labels, new TaskOptions { Templates = templates }), 1e-6f);
                Check.SameBits(first, model.ZeroShotTexts(texts, labels, new TaskOptions { Templates = new[] { templates[0] } }));
                Check.Throws<InvalidArgumentException>(
                    () => model.ZeroShotTexts(texts, labels, new TaskOptions { Templates = templates, Template = templates[0] }), "both");
                Check.Throws<ArgumentException>(
                    () => model.ZeroShotTexts(texts, labels, new TaskOptions { Templates = new[] { "{}", null } }), "Templates[1]");
            }
        }

        [Test]
        private static async Task ScoresOfPairs()
        {
            const string Folder = Heads + "bert_cross_encoder";
            string[][] pairs = ((List<object>)Inputs["pairs"]).Select(Json.Strings).ToArray();
            string[] first = pairs.Select(pair => pair[0]).ToArray(), second = pairs.Select(pair => pair[1]).ToArray();
            using (Model model = Fixtures.Load(Folder))
            {
                float[] scores = model.ScorePairs(first, second), room = new float[scores.Length];
                Check.Near(Safetensors.Read(Folder + "/expected.safetensors", "scores"), scores, 1e-5f);
                Check.Near(Safetensors.Read(Folder + "/expected.safetensors", "scores.none"),
                    model.ScorePairs(first, second, new TaskOptions { Activation = Activation.None }), 1e-5f);
                model.ScorePairs(first, second, room);
                Check.SameBits(scores, room);
                Check.SameBits(scores, await model.ScorePairsAsync(first, second));
                Check.Equal(0, model.ScorePairs(new string[0], new string[0]).Length);
            }
        }
    }
}
