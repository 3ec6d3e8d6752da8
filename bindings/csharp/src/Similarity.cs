using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    /// <summary>
    /// What to do with vectors once they are there, whoever made them. Vectors stand one after the other in an array, as
    /// <see cref="Model"/> gives them. All methods throw <see cref="InvalidArgumentException"/> for a vector with a NaN or an infinity (the
    /// message says which), <see cref="OperationCanceledException"/>, <see cref="TimeoutException"/> and
    /// <see cref="NotEnoughMemoryException"/>.
    /// </summary>
    public static partial class Similarity
    {
        /// <summary>
        /// Finds the vectors of a corpus that are nearest to each query, by comparing with all of them. Of equal scores the lower place
        /// comes first.
        /// </summary>
        /// <param name="queries">The queries, one after the other; many in one call are much faster than as many calls.</param>
        /// <param name="corpus">What is searched.</param>
        /// <param name="dimension">Values in a vector.</param>
        /// <param name="k">How many are found for each query, at most as many as there are in the corpus.</param>
        /// <param name="metric">By what they are compared.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>For each query the k nearest, the nearest first.</returns>
        public static Neighbor[][] TopK(float[] queries, float[] corpus, int dimension, int k, Metric metric = Metric.Cosine,
            Control control = null)
        {
            int rows = Sizes.Rows(queries, dimension, "queries");
            int size = Room(rows, k, Sizes.Rows(corpus, dimension, "corpus"));
            long[] indices = new long[size];
            float[] scores = new float[size];
            TopK(queries, corpus, dimension, k, indices, scores, metric, control);
            return Neighbor.Rows(indices, scores, rows, k);
        }

        /// <summary>
        /// The same into arrays that are there: indices and scores get a row of k places and of their scores for each query.
        /// </summary>
        public static unsafe void TopK(float[] queries, float[] corpus, int dimension, int k, long[] indices, float[] scores,
            Metric metric = Metric.Cosine, Control control = null)
        {
            int rows = Sizes.Rows(queries, dimension, "queries"), searched = Sizes.Rows(corpus, dimension, "corpus");
            int size = Room(rows, k, searched);
            Sizes.HasRoom(indices, size, "indices");
            Sizes.HasRoom(scores, size, "scores");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (float* q = queries, c = corpus, score = scores)
            fixed (long* index = indices)
                status = Functions.glyxel_top_k(q, (UIntPtr)(uint)rows, c, (UIntPtr)(uint)searched, (UIntPtr)(uint)dimension, (int)metric,
                    (UIntPtr)(uint)k, watch.Key, (ulong*)index, score, &error);
            Failure.Check(status, error);
        }

        /// <summary><see cref="TopK(float[], float[], int, int, Metric, Control)"/> as a task.</summary>
        public static Task<Neighbor[][]> TopKAsync(float[] queries, float[] corpus, int dimension, int k, Metric metric = Metric.Cosine,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => TopK(queries, corpus, dimension, k, metric, control), progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Recommends items: those nearest to the mean of the items that somebody liked, without those and without what was seen. With
        /// the cosine each liked item counts alike, however long its vector is.
        /// </summary>
        /// <param name="items">All items' vectors.</param>
        /// <param name="dimension">Values in a vector.</param>
        /// <param name="liked">Places of the items that were liked, at least one; one named twice counts twice.</param>
        /// <param name="seen">Places of items that are not to be recommended; null: none.</param>
        /// <param name="k">How many to recommend, at most as many as are left.</param>
        /// <param name="metric">By what they are compared.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>The items, the best first.</returns>
        public static unsafe Neighbor[] Recommend(float[] items, int dimension, IReadOnlyList<int> liked, IReadOnlyList<int> seen, int k,
            Metric metric = Metric.Cosine, Control control = null)
        {
            int rows = Sizes.Rows(items, dimension, "items");
            if (liked == null)
                throw new ArgumentNullException("liked");
            ulong[] likedPlaces = Places(liked, "liked"), seenPlaces = Places(seen ?? new int[0], "seen");
            int size = Room(1, k, rows);
            long[] indices = new long[size];
            float[] scores = new float[size];
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (float* vectors = items, score = scores)
            fixed (ulong* likes = likedPlaces, sights = seenPlaces)
            fixed (long* index = indices)
                status = Functions.glyxel_recommend(vectors, (UIntPtr)(uint)rows, (UIntPtr)(uint)dimension, likes,
                    (UIntPtr)(uint)likedPlaces.Length, sights, (UIntPtr)(uint)seenPlaces.Length, (int)metric, (UIntPtr)(uint)k, watch.Key,
                    (ulong*)index, score, &error);
            Failure.Check(status, error);
            return Neighbor.Rows(indices, scores, 1, k)[0];
        }

        /// <summary><see cref="Recommend"/> as a task.</summary>
        public static Task<Neighbor[]> RecommendAsync(float[] items, int dimension, IReadOnlyList<int> liked, IReadOnlyList<int> seen, int k,
            Metric metric = Metric.Cosine, IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => Recommend(items, dimension, liked, seen, k, metric, control), progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Finds duplicates: all pairs of vectors whose cosine is at least a threshold. What tells duplicates from neighbours differs from
        /// model to model: look at some pairs first.
        /// </summary>
        /// <param name="vectors">The vectors.</param>
        /// <param name="dimension">Values in a vector.</param>
        /// <param name="threshold">The least cosine of a pair, from -1 to 1.</param>
        /// <param name="maxPairs">No more pairs than this are kept, the best; 0: 500,000.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>The pairs, the nearest first; of equal ones that with the lower places.</returns>
        public static unsafe SimilarPair[] Duplicates(float[] vectors, int dimension, float threshold, int maxPairs = 0,
            Control control = null)
        {
            int rows = Sizes.Rows(vectors, dimension, "vectors");
            Sizes.NotNegative(maxPairs, "maxPairs");
            IntPtr pairs = IntPtr.Zero, error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (float* values = vectors)
                status = Functions.glyxel_duplicates(values, (UIntPtr)(uint)rows, (UIntPtr)(uint)dimension, threshold,
                    (UIntPtr)(uint)maxPairs, watch.Key, &pairs, &error);
            Failure.Check(status, error);
            return SimilarPair.Read(pairs);
        }

        /// <summary><see cref="Duplicates"/> as a task.</summary>
        public static Task<SimilarPair[]> DuplicatesAsync(float[] vectors, int dimension, float threshold, int maxPairs = 0,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => Duplicates(vectors, dimension, threshold, maxPairs, control), progress, timeout, cancellationToken);
        }

        /// Room for k found of that many, for each row; no array is made for a k that the library would refuse.
        internal static int Room(int rows, int k, int searched, string what = "vectors")
        {
            if (Sizes.NotNegative(k, "k") > searched)
                throw new ArgumentOutOfRangeException("k", k, "there are only " + searched + " " + what + " to find");
            return Sizes.Product(rows, k);
        }

        private static ulong[] Places(IReadOnlyList<int> places, string what)
        {
            ulong[] copied = new ulong[places.Count];
            for (int i = 0; i < copied.Length; i++)
                copied[i] = (ulong)Sizes.NotNegative(places[i], what);
            return copied;
        }
    }
}
