using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    public static partial class Similarity
    {
        /// <summary>
        /// Finds the documents that answer each query best, by late interaction (ColBERT's MaxSim): each vector of the query looks for the
        /// vector of the document that it fits best, and the sum of these products is the document's score. All documents are compared; of
        /// equal scores the lower place comes first. A query without vectors scores 0 everywhere.
        /// </summary>
        /// <param name="queries">The queries' vectors; they are read where they lie.</param>
        /// <param name="documents">The documents' vectors, of the same model; each document has at least one.</param>
        /// <param name="k">How many are found for each query, at most as many as there are documents.</param>
        /// <param name="metric">By what vectors are compared: the cosine or the dot product.</param>
        /// <param name="control">Watches, cancels or times the call; may be null. Progress counts documents.</param>
        /// <returns>For each query the k best documents, the best first.</returns>
        public static Neighbor[][] MaxSim(TokenVectors queries, TokenVectors documents, int k, Metric metric = Metric.Cosine,
            Control control = null)
        {
            int rows = Texts(queries, "queries"), size = Room(rows, k, Texts(documents, "documents"), "documents");
            long[] indices = new long[size];
            float[] scores = new float[size];
            MaxSim(queries, documents, k, indices, scores, metric, control);
            return Neighbor.Rows(indices, scores, rows, k);
        }

        /// <summary>
        /// The same into arrays that are there: indices and scores get a row of k places and of their scores for each query.
        /// </summary>
        public static unsafe void MaxSim(TokenVectors queries, TokenVectors documents, int k, long[] indices, float[] scores,
            Metric metric = Metric.Cosine, Control control = null)
        {
            int rows = Texts(queries, "queries"), searched = Texts(documents, "documents");
            if (queries.Dimension != documents.Dimension)
                throw new ArgumentException("the queries' vectors have " + queries.Dimension + " values and the documents' "
                    + documents.Dimension + "; embed both with one model", "documents");
            using (queries.Hold())
            using (documents.Hold())
                MaxSim(queries.Native, queries.NativeCounts, rows, documents.Native, documents.NativeCounts, searched, queries.Dimension, k,
                    indices, scores, metric, control);
        }

        /// <summary><see cref="MaxSim(TokenVectors, TokenVectors, int, Metric, Control)"/> as a task.</summary>
        public static Task<Neighbor[][]> MaxSimAsync(TokenVectors queries, TokenVectors documents, int k, Metric metric = Metric.Cosine,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => MaxSim(queries, documents, k, metric, control), progress, timeout, cancellationToken);
        }

        /// <summary>The same with vectors in arrays, such as those that were kept in a file.</summary>
        /// <param name="queries">All vectors of all queries, one after the other.</param>
        /// <param name="queryCounts">How many vectors each query has.</param>
        /// <param name="documents">All vectors of all documents, one after the other.</param>
        /// <param name="documentCounts">How many vectors each document has, at least one.</param>
        /// <param name="dimension">Values in a vector.</param>
        /// <param name="k">How many are found for each query, at most as many as there are documents.</param>
        /// <param name="metric">By what vectors are compared: the cosine or the dot product.</param>
        /// <param name="control">Watches, cancels or times the call; may be null. Progress counts documents.</param>
        /// <returns>For each query the k best documents, the best first.</returns>
        public static Neighbor[][] MaxSim(float[] queries, IReadOnlyList<int> queryCounts, float[] documents,
            IReadOnlyList<int> documentCounts, int dimension, int k, Metric metric = Metric.Cosine, Control control = null)
        {
            int rows = Count(queryCounts, "queryCounts"), size = Room(rows, k, Count(documentCounts, "documentCounts"), "documents");
            long[] indices = new long[size];
            float[] scores = new float[size];
            MaxSim(queries, queryCounts, documents, documentCounts, dimension, k, indices, scores, metric, control);
            return Neighbor.Rows(indices, scores, rows, k);
        }

        /// <summary>
        /// The same into arrays that are there: indices and scores get a row of k places and of their scores for each query.
        /// </summary>
        public static unsafe void MaxSim(float[] queries, IReadOnlyList<int> queryCounts, float[] documents,
            IReadOnlyList<int> documentCounts, int dimension, int k, long[] indices, float[] scores, Metric metric = Metric.Cosine,
            Control control = null)
        {
            UIntPtr[] ofQueries = Counts(queryCounts, Sizes.Rows(queries, dimension, "queries"), "queries", "queryCounts");
            UIntPtr[] ofDocuments = Counts(documentCounts, Sizes.Rows(documents, dimension, "documents"), "documents", "documentCounts");
            fixed (float* q = queries, d = documents)
            fixed (UIntPtr* qCounts = ofQueries, dCounts = ofDocuments)
                MaxSim(q, qCounts, ofQueries.Length, d, dCounts, ofDocuments.Length, dimension, k, indices, scores, metric, control);
        }

        /// <summary>
        /// <see cref="MaxSim(float[], IReadOnlyList{int}, float[], IReadOnlyList{int}, int, int, Metric, Control)"/> as a task.
        /// </summary>
        public static Task<Neighbor[][]> MaxSimAsync(float[] queries, IReadOnlyList<int> queryCounts, float[] documents,
            IReadOnlyList<int> documentCounts, int dimension, int k, Metric metric = Metric.Cosine, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => MaxSim(queries, queryCounts, documents, documentCounts, dimension, k, metric, control), progress,
                timeout, cancellationToken);
        }

        private static unsafe void MaxSim(float* queries, UIntPtr* queryCounts, int rows, float* documents, UIntPtr* documentCounts,
            int searched, int dimension, int k, long[] indices, float[] scores, Metric metric, Control control)
        {
            int size = Room(rows, k, searched, "documents");
            Sizes.HasRoom(indices, size, "indices");
            Sizes.HasRoom(scores, size, "scores");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held watch = Control.Hold(control))
            fixed (float* score = scores)
            fixed (long* index = indices)
                status = Functions.glyxel_max_sim(queries, queryCounts, (UIntPtr)(uint)rows, documents, documentCounts,
                    (UIntPtr)(uint)searched, (UIntPtr)(uint)dimension, (int)metric, (UIntPtr)(uint)k, watch.Key, (ulong*)index, score,
                    &error);
            Failure.Check(status, error);
        }

        private static int Texts(TokenVectors vectors, string what)
        {
            if (vectors == null)
                throw new ArgumentNullException(what);
            return vectors.Counts.Count;
        }

        private static int Count(IReadOnlyList<int> counts, string what)
        {
            if (counts == null)
                throw new ArgumentNullException(what);
            return counts.Count;
        }

        /// The counts as the library takes them. It reads as many vectors as they say, so they must say as many as there are.
        private static UIntPtr[] Counts(IReadOnlyList<int> counts, int rows, string vectors, string what)
        {
            UIntPtr[] copied = new UIntPtr[Count(counts, what)];
            long sum = 0;
            for (int i = 0; i < copied.Length; i++)
            {
                int count = Sizes.NotNegative(counts[i], what);
                copied[i] = (UIntPtr)(uint)count;
                sum += count;
            }
            if (sum != rows)
                throw new ArgumentException(what + " say that there are " + sum + " vectors, but " + vectors + " has " + rows, what);
            return copied;
        }
    }
}
