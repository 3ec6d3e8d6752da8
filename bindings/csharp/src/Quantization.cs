using System;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    /// <summary>
    /// Vectors in a quarter or a 32nd of the memory, for some accuracy. The bytes are those of
    /// sentence_transformers.util.quantize_embeddings, which faiss, usearch and vector databases take. Exceptions are those of
    /// <see cref="Similarity"/>.
    /// </summary>
    public static class Quantization
    {
        /// <summary>How many bytes a quantised vector has.</summary>
        public static int BytesPerVector(int dimension, Codes codes)
        {
            Sizes.NotNegative(dimension, "dimension");
            return codes == Codes.Binary || codes == Codes.UBinary ? (int)(((long)dimension + 7) / 8) : dimension;
        }

        /// <summary>
        /// Finds the ranges that 8-bit codes share out: the smallest and the largest value of each dimension. Corpus and queries need the
        /// same ranges, so keep them.
        /// </summary>
        /// <param name="vectors">Vectors like those that will be quantised, better some thousands of them.</param>
        /// <param name="dimension">Values in a vector.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>All smallest values, then all largest.</returns>
        public static unsafe float[] Ranges(float[] vectors, int dimension, Control control = null)
        {
            int rows = Sizes.Rows(vectors, dimension, "vectors");
            float[] ranges = new float[Sizes.Product(2, dimension)];
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (float* values = vectors, output = ranges)
                status = Functions.glyxel_quantize_ranges(values, (UIntPtr)(uint)rows, (UIntPtr)(uint)dimension, watch.Key, output,
                    (UIntPtr)(uint)ranges.Length, &error);
            Failure.Check(status, error);
            return ranges;
        }

        /// <summary><see cref="Ranges"/> as a task.</summary>
        public static Task<float[]> RangesAsync(float[] vectors, int dimension, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => Ranges(vectors, dimension, control), progress, timeout, cancellationToken);
        }

        /// <summary>Quantises vectors.</summary>
        /// <param name="vectors">The vectors.</param>
        /// <param name="dimension">Values in a vector.</param>
        /// <param name="codes">To what.</param>
        /// <param name="ranges">
        /// For 8 bits, what <see cref="Ranges"/> gave; values beyond are cut off. null: those of the vectors themselves, which suit none that
        /// are quantised later.
        /// </param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns><see cref="BytesPerVector"/> bytes for each vector.</returns>
        public static byte[] Quantize(float[] vectors, int dimension, Codes codes, float[] ranges = null, Control control = null)
        {
            int rows = Sizes.Rows(vectors, dimension, "vectors");
            byte[] quantized = new byte[Sizes.Product(rows, BytesPerVector(dimension, codes))];
            Quantize(vectors, dimension, codes, ranges, quantized, control);
            return quantized;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public static unsafe void Quantize(float[] vectors, int dimension, Codes codes, float[] ranges, byte[] destination,
            Control control = null)
        {
            int rows = Sizes.Rows(vectors, dimension, "vectors");
            Sizes.HasRoom(destination, Sizes.Product(rows, BytesPerVector(dimension, codes)), "destination");
            if (ranges != null)
                Sizes.HasRoom(ranges, Sizes.Product(2, dimension), "ranges");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (float* values = vectors, range = ranges)
            fixed (byte* output = destination)
                status = Functions.glyxel_quantize(values, (UIntPtr)(uint)rows, (UIntPtr)(uint)dimension, (int)codes, range, watch.Key, output,
                    (UIntPtr)(uint)destination.Length, &error);
            Failure.Check(status, error);
        }

        /// <summary><see cref="Quantize(float[], int, Codes, float[], Control)"/> as a task.</summary>
        public static Task<byte[]> QuantizeAsync(float[] vectors, int dimension, Codes codes, float[] ranges = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => Quantize(vectors, dimension, codes, ranges, control), progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Finds the nearest among quantised vectors: bytes by their dot product, larger is nearer; bits by how many differ, smaller is
        /// nearer. The float queries, if given, compare the best again.
        /// </summary>
        /// <param name="queries">The quantised queries, with the corpus's ranges.</param>
        /// <param name="corpus">The quantised corpus.</param>
        /// <param name="dimension">Values in a vector before it was quantised.</param>
        /// <param name="codes">What both are.</param>
        /// <param name="k">How many are found for each query, at most as many as there are in the corpus.</param>
        /// <param name="floatQueries">The queries before they were quantised; null: the codes alone decide.</param>
        /// <param name="rescore">How many times k are compared again, with floatQueries; 0: 2.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>For each query the k nearest, the nearest first.</returns>
        public static Neighbor[][] TopK(byte[] queries, byte[] corpus, int dimension, Codes codes, int k, float[] floatQueries = null,
            int rescore = 0, Control control = null)
        {
            int bytes = BytesPerVector(dimension, codes), rows = Sizes.Rows(queries, bytes, "queries");
            int size = Similarity.Room(rows, k, Sizes.Rows(corpus, bytes, "corpus"));
            long[] indices = new long[size];
            float[] scores = new float[size];
            TopK(queries, corpus, dimension, codes, k, indices, scores, floatQueries, rescore, control);
            return Neighbor.Rows(indices, scores, rows, k);
        }

        /// <summary>
        /// The same into arrays that are there: indices and scores get a row of k places and of their scores for each query.
        /// </summary>
        public static unsafe void TopK(byte[] queries, byte[] corpus, int dimension, Codes codes, int k, long[] indices, float[] scores,
            float[] floatQueries = null, int rescore = 0, Control control = null)
        {
            int bytes = BytesPerVector(dimension, codes);
            int rows = Sizes.Rows(queries, bytes, "queries"), searched = Sizes.Rows(corpus, bytes, "corpus");
            int size = Similarity.Room(rows, k, searched);
            Sizes.HasRoom(indices, size, "indices");
            Sizes.HasRoom(scores, size, "scores");
            if (floatQueries != null)
                Sizes.HasRoom(floatQueries, Sizes.Product(rows, dimension), "floatQueries");
            Sizes.NotNegative(rescore, "rescore");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (byte* q = queries, c = corpus)
            fixed (float* floats = floatQueries, score = scores)
            fixed (long* index = indices)
                status = Functions.glyxel_top_k_quantized(q, (UIntPtr)(uint)rows, c, (UIntPtr)(uint)searched, (UIntPtr)(uint)dimension,
                    (int)codes, (UIntPtr)(uint)k, floats, (uint)rescore, watch.Key, (ulong*)index, score, &error);
            Failure.Check(status, error);
        }

        /// <summary><see cref="TopK(byte[], byte[], int, Codes, int, float[], int, Control)"/> as a task.</summary>
        public static Task<Neighbor[][]> TopKAsync(byte[] queries, byte[] corpus, int dimension, Codes codes, int k,
            float[] floatQueries = null, int rescore = 0, IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => TopK(queries, corpus, dimension, codes, k, floatQueries, rescore, control), progress, timeout,
                cancellationToken);
        }
    }
}
