using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// Against the same in a few plain lines, in f64.
    internal static class SimilarityTests
    {
        private const int Dimension = 20;
        private static readonly float[] Corpus = Fixtures.Vectors(200, Dimension, 1);
        private static readonly float[] Queries = Fixtures.Vectors(3, Dimension, 2);

        private static double Score(float[] a, int i, float[] b, int j, Metric metric)
        {
            double dot = 0, aa = 0, bb = 0, distance = 0;
            for (int d = 0; d < Dimension; d++)
            {
                double x = a[i * Dimension + d], y = b[j * Dimension + d];
                dot += x * y;
                aa += x * x;
                bb += y * y;
                distance += (x - y) * (x - y);
            }
            return metric == Metric.Dot ? dot : metric == Metric.Cosine ? dot / Math.Sqrt(aa * bb) : Math.Sqrt(distance);
        }

        [Test]
        private static async Task TheNearest()
        {
            foreach (Metric metric in new[] { Metric.Cosine, Metric.Dot, Metric.Euclidean })
            {
                Neighbor[][] found = Similarity.TopK(Queries, Corpus, Dimension, 7, metric);
                Check.Equal(3, found.Length);
                for (int query = 0; query < 3; query++)
                {
                    double sign = metric == Metric.Euclidean ? 1 : -1;
                    int[] expected = Enumerable.Range(0, 200).OrderBy(j => sign * Score(Queries, query, Corpus, j, metric)).Take(7).ToArray();
                    Check.Equal(string.Join(" ", expected), string.Join(" ", found[query].Select(n => n.Index)));
                    foreach (Neighbor neighbor in found[query])
                        Check.Near(new[] { (float)Score(Queries, query, Corpus, neighbor.Index, metric) }, new[] { neighbor.Score }, 1e-5f);
                }
                long[] indices = new long[3 * 7];
                float[] scores = new float[3 * 7];
                Similarity.TopK(Queries, Corpus, Dimension, 7, indices, scores, metric);
                Check.Equal(string.Join(" ", found.SelectMany(row => row).Select(n => n.Index)), string.Join(" ", indices));
                Check.SameBits(found.SelectMany(row => row).Select(n => n.Score).ToArray(), scores);
                Check.Equal(found[2][6].ToString(), (await Similarity.TopKAsync(Queries, Corpus, Dimension, 7, metric))[2][6].ToString());
            }
            Check.Equal(0, Similarity.TopK(new float[0], Corpus, Dimension, 7).Length);
            Check.Equal(0, Similarity.TopK(Queries, new float[0], Dimension, 0)[2].Length);
        }

        [Test]
        private static async Task Recommendations()
        {
            int[] liked = { 3, 5, 5 }, seen = { 7 };
            Neighbor[] found = Similarity.Recommend(Corpus, Dimension, liked, seen, 5, Metric.Dot);
            float[] mean = new float[Dimension];
            for (int d = 0; d < Dimension; d++)
                mean[d] = liked.Sum(place => Corpus[place * Dimension + d]) / liked.Length;
            int[] expected = Enumerable.Range(0, 200).Except(liked).Except(seen).OrderByDescending(j => Score(mean, 0, Corpus, j, Metric.Dot))
                .Take(5).ToArray();
            Check.Equal(string.Join(" ", expected), string.Join(" ", found.Select(n => n.Index)));
            Check.Equal(found[4].ToString(), (await Similarity.RecommendAsync(Corpus, Dimension, liked, seen, 5, Metric.Dot))[4].ToString());
            Check.That(Similarity.Recommend(Corpus, Dimension, liked, null, 197).All(n => !liked.Contains(n.Index)), "what was liked is recommended");
        }

        [Test]
        private static async Task Duplicates()
        {
            List<SimilarPair> expected = new List<SimilarPair>();
            for (int i = 0; i < 200; i++)
                for (int j = i + 1; j < 200; j++)
                    if (Score(Corpus, i, Corpus, j, Metric.Cosine) >= 0.6)
                        expected.Add(new SimilarPair(i, j, (float)Score(Corpus, i, Corpus, j, Metric.Cosine)));
            expected = expected.OrderByDescending(pair => pair.Score).ToList();
            Check.That(expected.Count > 3, "the test finds nothing");
            SimilarPair[] found = Similarity.Duplicates(Corpus, Dimension, 0.6f);
            Check.Equal(string.Join(" ", expected), string.Join(" ", found));
            Check.Equal(string.Join(" ", expected.Take(2)), string.Join(" ", Similarity.Duplicates(Corpus, Dimension, 0.6f, 2)));
            Check.Equal(found.Length, (await Similarity.DuplicatesAsync(Corpus, Dimension, 0.6f)).Length);
            Check.Equal(0, Similarity.Duplicates(new float[0], Dimension, 0.6f).Length);
        }

        [Test]
        private static async Task LabelsFromExamples()
        {
            using (Centroids centroids = new Centroids(3, 2))
            {
                Check.Equal(3, centroids.Labels);
                Check.Equal(2, centroids.Dimension);
                centroids.Add(new[] { 1f, 0f, 0f, 2f, 3f, 0f }, new[] { 0, 1, 0 });
                centroids.Add(new float[0], new int[0]);
                LabelMatch[] matches = centroids.Classify(new[] { 5f, 1f, -1f, -1f }, 0.5f);
                Check.Equal(0, matches[0].Label);
                Check.Near(new[] { 5 / (float)Math.Sqrt(26) }, new[] { matches[0].Score }, 1e-6f);
                Check.Equal(-1, matches[1].Label);
                Check.Equal(0, centroids.Classify(new[] { 5f, 1f })[0].Label);
                Check.Equal(1, (await centroids.ClassifyAsync(new[] { 1f, 5f }))[0].Label);
                int[] labels = new int[1];
                centroids.Classify(new[] { 1f, 5f }, labels, null);
                Check.Equal(1, labels[0]);
                Check.SameBits(new[] { 1f, 0f }, centroids.Get(0));
                Check.SameBits(new[] { 0f, 0f }, centroids.Get(2));
                Check.Equal("2 1 0", centroids.Count(0) + " " + centroids.Count(1) + " " + centroids.Count(2));
            }
        }

        [Test]
        private static async Task QuantizedVectors()
        {
            float[] ranges = Quantization.Ranges(Corpus, Dimension);
            for (int d = 0; d < Dimension; d++)
            {
                Check.Equal(Enumerable.Range(0, 200).Min(i => Corpus[i * Dimension + d]), ranges[d]);
                Check.Equal(Enumerable.Range(0, 200).Max(i => Corpus[i * Dimension + d]), ranges[Dimension + d]);
            }
            Check.SameBits(ranges, await Quantization.RangesAsync(Corpus, Dimension));

            byte[] bits = Quantization.Quantize(Corpus, Dimension, Codes.UBinary);
            Check.Equal(200 * 3, bits.Length);
            for (int d = 0; d < Dimension; d++)
                Check.Equal(Corpus[d] > 0, (bits[d / 8] >> (7 - d % 8) & 1) == 1);
            byte[] room = new byte[bits.Length + 1];
            Quantization.Quantize(Corpus, Dimension, Codes.UBinary, null, room);
            Check.That(bits.SequenceEqual(room.Take(bits.Length)), "other bits");
            Check.That(bits.SequenceEqual(await Quantization.QuantizeAsync(Corpus, Dimension, Codes.UBinary)), "other bits");
            Check.That(Quantization.Quantize(Corpus, Dimension, Codes.Binary).Zip(bits, (a, b) => (byte)(b - 128) == a).All(same => same), "signed bits");

            byte[] bytes = Quantization.Quantize(Corpus, Dimension, Codes.UInt8, ranges), queries = Quantization.Quantize(Queries, Dimension, Codes.UInt8, ranges);
            Check.That(bytes.Min() == 0 && bytes.Max() == 255, "the range of codes");
            Neighbor[][] found = Quantization.TopK(queries, bytes, Dimension, Codes.UInt8, 5);
            for (int query = 0; query < 3; query++)
            {
                int[] expected = Enumerable.Range(0, 200)
                    .OrderByDescending(j => Enumerable.Range(0, Dimension).Sum(d => queries[query * Dimension + d] * bytes[j * Dimension + d]))
                    .ThenBy(j => j).Take(5).ToArray();
                Check.Equal(string.Join(" ", expected), string.Join(" ", found[query].Select(n => n.Index)));
            }
            Check.Equal(found[1][4].ToString(), (await Quantization.TopKAsync(queries, bytes, Dimension, Codes.UInt8, 5))[1][4].ToString());
            byte[] queryBits = Quantization.Quantize(Queries, Dimension, Codes.UBinary);
            Neighbor[][] rescored = Quantization.TopK(queryBits, bits, Dimension, Codes.UBinary, 5, Queries, 4);
            Check.That(rescored[0].Zip(rescored[0].Skip(1), (a, b) => a.Score >= b.Score).All(ordered => ordered), "the order of what was compared again");
            long[] indices = new long[15];
            float[] scores = new float[15];
            Quantization.TopK(queryBits, bits, Dimension, Codes.UBinary, 5, indices, scores);
            Check.That(scores.All(distance => distance == Math.Floor(distance) && distance <= Dimension), "distances in bits");
        }
    }
}
