using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// Late interaction against NumPy, of arrays and of what a model gave.
    internal static class MaxSimTests
    {
        private const string Fixture = "tests/fixtures/tokens/max_sim.safetensors";
        private static readonly float[] Queries = Safetensors.Read(Fixture, "queries"), Documents = Safetensors.Read(Fixture, "documents");
        private static readonly int[] QueryCounts = Safetensors.ReadIntegers(Fixture, "query_counts");
        private static readonly int[] DocumentCounts = Safetensors.ReadIntegers(Fixture, "document_counts");
        private static readonly int Dimension = Queries.Length / QueryCounts.Sum();

        /// Equal documents, a query without vectors, values that f32 cannot multiply.
        [Test]
        private static async Task TheBestAreNumPys()
        {
            int rows = QueryCounts.Length, k = DocumentCounts.Length;
            Check.That(QueryCounts.Contains(0), "no query is empty");
            foreach (Metric metric in new[] { Metric.Cosine, Metric.Dot })
            {
                string name = metric.ToString().ToLowerInvariant();
                Neighbor[][] found = Similarity.MaxSim(Queries, QueryCounts, Documents, DocumentCounts, Dimension, k, metric);
                Check.Equal(string.Join(" ", Safetensors.ReadIntegers(Fixture, name + ".index")), string.Join(" ", found.SelectMany(row => row).Select(n => n.Index)), name);
                float[] expected = Safetensors.Read(Fixture, name + ".score"), got = found.SelectMany(row => row).Select(n => n.Score).ToArray();
                for (int i = 0; i < expected.Length; i++)
                    Check.That(expected[i] == got[i] || Math.Abs(expected[i] - got[i]) <= 1e-6f * Math.Abs(expected[i]), name + " " + i + ": " + got[i]);
                long[] indices = new long[rows * 7];
                float[] scores = new float[rows * 7];
                Similarity.MaxSim(Queries, QueryCounts, Documents, DocumentCounts, Dimension, 7, indices, scores, metric);
                Check.Equal(string.Join(" ", found.SelectMany(row => row.Take(7)).Select(n => n.Index)), string.Join(" ", indices));
                Check.SameBits(found.SelectMany(row => row.Take(7)).Select(n => n.Score).ToArray(), scores);
                Neighbor[][] task = await Similarity.MaxSimAsync(Queries, QueryCounts, Documents, DocumentCounts, Dimension, 7, metric);
                Check.SameBits(scores, task.SelectMany(row => row).Select(n => n.Score).ToArray());
            }
        }

        [Test]
        private static async Task WhatAModelGaveIsComparedWhereItLies()
        {
            string[] texts = Fixtures.Numbered(9);
            using (Model model = Fixtures.Load("tests/fixtures/tokens/pylate"))
            using (TokenVectors queries = model.EmbedTokens(texts.Take(2).ToArray(), new TokenOptions { Role = TextRole.Query }))
            using (TokenVectors documents = model.EmbedTokens(texts, new TokenOptions { Role = TextRole.Document }))
            {
                float[] q = queries.ToArray(), d = documents.ToArray();
                Neighbor[][] expected = Similarity.MaxSim(q, queries.Counts, d, documents.Counts, model.EmbedTokens(texts).Dimension, 9);
                Neighbor[][] found = Similarity.MaxSim(queries, documents, 9);
                for (int row = 0; row < 2; row++)
                    Check.Equal(string.Join(" ", expected[row]), string.Join(" ", found[row]));
                Check.Equal(Score(queries.Vectors(1), documents.Vectors(found[1][0].Index), queries.Dimension), found[1][0].Score, "the best score");
                long[] indices = new long[4];
                float[] scores = new float[4];
                Similarity.MaxSim(queries, documents, 2, indices, scores, Metric.Dot);
                Neighbor[][] task = await Similarity.MaxSimAsync(queries, documents, 2, Metric.Dot);
                Check.Equal(string.Join(" ", task.SelectMany(row => row).Select(n => n.Index)), string.Join(" ", indices));
                Check.SameBits(task.SelectMany(row => row).Select(n => n.Score).ToArray(), scores);
            }
        }

        /// In f64, by the cosine, as it is defined.
        private static float Score(float[] query, float[] document, int dimension)
        {
            double sum = 0;
            for (int i = 0; i < query.Length; i += dimension)
                sum += Enumerable.Range(0, document.Length / dimension).Max(j => Cosine(query, i, document, j * dimension, dimension));
            return (float)sum;
        }

        private static double Cosine(float[] a, int i, float[] b, int j, int dimension)
        {
            double dot = 0, aa = 0, bb = 0;
            for (int d = 0; d < dimension; d++)
            {
                dot += (double)a[i + d] * b[j + d];
                aa += (double)a[i + d] * a[i + d];
                bb += (double)b[j + d] * b[j + d];
            }
            return dot / Math.Sqrt(aa * bb);
        }

        [Test]
        private static void NothingGivesNothing()
        {
            float[] none = new float[0], one = { 1, 2 };
            Check.Equal(0, Similarity.MaxSim(none, new int[0], one, new[] { 1 }, 2, 1).Length);
            Check.Equal(0, Similarity.MaxSim(one, new[] { 1 }, none, new int[0], 2, 0)[0].Length);
            Check.Equal("0 (0.00) 1 (0.00)", string.Join(" ", Similarity.MaxSim(none, new[] { 0 }, new float[4], new[] { 1, 1 }, 2, 2)[0]), "a query without vectors");
        }

        [Test]
        private static void WhatDoesNotFitSaysSo()
        {
            float[] one = { 1, 2 };
            int[] count = { 1 };
            Check.Throws<ArgumentNullException>(() => Similarity.MaxSim(null, count, one, count, 2, 1), "queries");
            Check.Throws<ArgumentNullException>(() => Similarity.MaxSim(one, null, one, count, 2, 1), "queryCounts");
            Check.Throws<ArgumentNullException>(() => Similarity.MaxSim(one, count, null, count, 2, 1), "documents");
            Check.Throws<ArgumentNullException>(() => Similarity.MaxSim(one, count, one, null, 2, 1), "documentCounts");
            Check.Throws<ArgumentException>(() => Similarity.MaxSim(one, new[] { 2 }, one, count, 2, 1), "queryCounts say that there are 2 vectors, but queries has 1");
            Check.Throws<ArgumentException>(() => Similarity.MaxSim(one, count, one, new[] { int.MaxValue, int.MaxValue }, 2, 1), "documentCounts say");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.MaxSim(one, new[] { -1 }, one, count, 2, 1), "queryCounts");
            Check.Throws<ArgumentException>(() => Similarity.MaxSim(new float[3], count, one, count, 2, 1), "no number of rows of 2");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.MaxSim(one, count, one, count, 0, 1), "at least one");
            Check.Throws<ArgumentOutOfRangeException>(() => Similarity.MaxSim(one, count, one, count, 2, 2), "only 1 documents");
            Check.Throws<ArgumentException>(() => Similarity.MaxSim(one, count, one, count, 2, 1, new long[0], new float[1]), "indices has room for 0");
            Check.Throws<ArgumentException>(() => Similarity.MaxSim(one, count, one, count, 2, 1, new long[1], new float[0]), "scores has room for 0");
            Check.Throws<InvalidArgumentException>(() => Similarity.MaxSim(one, count, one, new[] { 1, 0 }, 2, 1), "document");
            Check.Throws<InvalidArgumentException>(() => Similarity.MaxSim(one, count, one, count, 2, 1, Metric.Euclidean), "EUCLIDEAN");
            Check.Throws<InvalidArgumentException>(() => Similarity.MaxSim(one, count, new[] { 1, float.NaN }, count, 2, 1), "documents[0]");
            using (TokenVectors mine = Fixtures.Text.EmbedTokens(new[] { "a" }), others = Fixtures.RealText.EmbedTokens(new[] { "a" }))
            {
                Check.Throws<ArgumentException>(() => Similarity.MaxSim(mine, others, 1), "one model");
                Check.Throws<ArgumentNullException>(() => Similarity.MaxSim(null, mine, 1), "queries");
                Check.Throws<ArgumentNullException>(() => Similarity.MaxSim(mine, null, 1), "documents");
                Check.Throws<ArgumentOutOfRangeException>(() => Similarity.MaxSim(mine, mine, 2), "only 1 documents");
            }
        }

        /// A call that is using vectors ends as if they were there.
        [Test]
        private static async Task DisposingDuringACall()
        {
            string[] texts = Fixtures.Numbered(300);
            TokenVectors documents = Fixtures.RealText.EmbedTokens(texts);
            Neighbor[][] expected = Similarity.MaxSim(documents, documents, 3);
            Task<Neighbor[][]> call;
            using (Control control = new Control())
            {
                call = Task.Run(() => Similarity.MaxSim(documents, documents, 3, Metric.Cosine, control));
                while (control.Progress.Stage == Stage.Idle && !call.IsCompleted)
                    Thread.Yield();
                documents.Dispose();
            }
            Check.Equal(string.Join(" ", expected.SelectMany(row => row)), string.Join(" ", (await call).SelectMany(row => row)));
            Check.Throws<ObjectDisposedException>(() => documents.ToArray());
        }

        /// While it computes: these products would take far longer than the first report does.
        [Test]
        private static async Task ItIsCancelledAsSoonAsItComputes()
        {
            const int dimension = 128, each = 64;
            float[] queries = new float[1000 * each * dimension], documents = new float[2000 * each * dimension];
            int[] queryCounts = Enumerable.Repeat(each, 1000).ToArray(), documentCounts = Enumerable.Repeat(each, 2000).ToArray();
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                CallTests.Reports reports = new CallTests.Reports { Then = report => { if (report.Stage == Stage.Computing) source.Cancel(); } };
                Task<Neighbor[][]> call = Similarity.MaxSimAsync(queries, queryCounts, documents, documentCounts, dimension, 1, Metric.Dot, reports,
                    TimeSpan.Zero, source.Token);
                await Check.ThrowsAsync<OperationCanceledException>(call);
                Progress last = reports.All.Last();
                Check.That(last.Total == 2000 && last.Done < last.Total, "it was cancelled after its end: " + last);
            }
        }
    }
}
