using System;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    /// <summary>
    /// Learns labels from a few examples of each: the intents of a chatbot, the topics of letters. A label's centroid is the mean of its
    /// examples' vectors, each brought to length 1 before, and a vector gets the label whose centroid is nearest. Any thread may add examples
    /// while others classify. Exceptions are those of <see cref="Similarity"/>, and <see cref="ObjectDisposedException"/>.
    /// </summary>
    public sealed unsafe class Centroids : IDisposable
    {
        private readonly CentroidsHandle handle;

        /// <summary>How many labels there are; they are numbered from 0.</summary>
        public int Labels { get; private set; }

        /// <summary>Values in a vector.</summary>
        public int Dimension { get; private set; }

        /// <summary>Makes a classifier without examples.</summary>
        public Centroids(int labels, int dimension)
        {
            GlyxelLibrary.RequireAbi();
            Labels = Sizes.NotNegative(labels, "labels");
            Dimension = Sizes.NotNegative(dimension, "dimension");
            IntPtr key = IntPtr.Zero, error = IntPtr.Zero;
            int status = Functions.glyxel_centroids_new((UIntPtr)(uint)labels, (UIntPtr)(uint)dimension, &key, &error);
            Failure.Check(status, error);
            handle = new CentroidsHandle(key);
        }

        /// <summary>Learns examples, all of them or, on failure, none.</summary>
        /// <param name="vectors">The examples' vectors, one after the other.</param>
        /// <param name="labels">For each the number of its label.</param>
        public void Add(float[] vectors, int[] labels)
        {
            int rows = Sizes.Rows(vectors, Dimension, "vectors");
            if (labels == null)
                throw new ArgumentNullException("labels");
            if (labels.Length != rows)
                throw new ArgumentException("there are " + rows + " vectors, but " + labels.Length + " labels", "labels");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held held = Hold())
            fixed (float* values = vectors)
            fixed (int* numbers = labels)
                status = Functions.glyxel_centroids_add(held.Key, values, numbers, (UIntPtr)(uint)rows, &error);
            Failure.Check(status, error);
        }

        /// <summary>
        /// Gives each vector the label whose centroid is nearest, of equally near ones the lower.
        /// </summary>
        /// <param name="vectors">The vectors, one after the other.</param>
        /// <param name="threshold">The least cosine, from -1 to 1; -1: every vector gets a label.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>For each vector its label and the cosine with it.</returns>
        public LabelMatch[] Classify(float[] vectors, float threshold = -1, Control control = null)
        {
            int rows = Sizes.Rows(vectors, Dimension, "vectors");
            int[] labels = new int[rows];
            float[] scores = new float[rows];
            Classify(vectors, labels, scores, threshold, control);
            LabelMatch[] matches = new LabelMatch[rows];
            for (int i = 0; i < rows; i++)
                matches[i] = new LabelMatch(labels[i], scores[i]);
            return matches;
        }

        /// <summary>The same into arrays that are there; scores may be null.</summary>
        public void Classify(float[] vectors, int[] labels, float[] scores, float threshold = -1, Control control = null)
        {
            int rows = Sizes.Rows(vectors, Dimension, "vectors");
            Sizes.HasRoom(labels, rows, "labels");
            if (scores != null)
                Sizes.HasRoom(scores, rows, "scores");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held held = Hold())
            using (Held watch = Control.Hold(control))
            fixed (float* values = vectors, score = scores)
            fixed (int* label = labels)
                status = Functions.glyxel_centroids_classify(held.Key, values, (UIntPtr)(uint)rows, threshold, watch.Key, label, score, &error);
            Failure.Check(status, error);
        }

        /// <summary><see cref="Classify(float[], float, Control)"/> as a task.</summary>
        public Task<LabelMatch[]> ClassifyAsync(float[] vectors, float threshold = -1, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => Classify(vectors, threshold, control), progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Reads the centroid of a label, to look at or to keep: added to a new classifier as the label's only example, it classifies as
        /// this one does.
        /// </summary>
        /// <returns>The centroid, of length 1; zeros if there are no examples, or if they cancel each other out.</returns>
        public float[] Get(int label)
        {
            float[] centroid = new float[Dimension];
            Read(label, centroid);
            return centroid;
        }

        /// <summary>How many examples of a label were learned.</summary>
        public long Count(int label)
        {
            return Read(label, new float[0]);
        }

        /// <summary>Frees the classifier. Calls that use it go on.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private long Read(int label, float[] centroid)
        {
            Sizes.NotNegative(label, "label");
            ulong count = 0;
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held held = Hold())
            fixed (float* output = centroid)
                status = Functions.glyxel_centroids_get(held.Key, (UIntPtr)(uint)label, output, (UIntPtr)(uint)centroid.Length, &count, &error);
            Failure.Check(status, error);
            return (long)count;
        }

        private Held Hold()
        {
            return new Held(handle, "Glyxel.Centroids");
        }
    }
}
