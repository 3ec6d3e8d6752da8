using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    public sealed partial class Model
    {
        /// <summary>
        /// Says what texts are, by the classes that the model was trained on, such as sentiments or topics. Scores are those of
        /// transformers' pipelines.
        /// </summary>
        /// <param name="texts">The texts.</param>
        /// <param name="options">How; null: as the model says, all classes.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>For each text its classes, the likeliest first.</returns>
        /// <exception cref="UnsupportedException">The model has no head for whole texts.</exception>
        public unsafe Prediction[][] ClassifyTexts(IReadOnlyList<string> texts, TaskOptions options = null, Control control = null)
        {
            Utf8Texts utf8 = new Utf8Texts(texts, "texts");
            Utf8Texts sentences = TaskOptions.Sentences(options);
            IntPtr predictions = IntPtr.Zero, error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* bytes = utf8.Bytes, sentenceBytes = sentences.Bytes)
            fixed (glyxel_str* templates = sentences.At(sentenceBytes))
            fixed (glyxel_str* strings = utf8.At(bytes))
            {
                glyxel_task_options how = TaskOptions.Native(options, templates, sentences.Count);
                status = Functions.glyxel_classify_texts(model.Key, strings, (UIntPtr)(uint)utf8.Count, &how, watch.Key, &predictions, &error);
            }
            Failure.Check(status, error);
            return Prediction.Read(predictions, utf8.Count);
        }

        /// <summary><see cref="ClassifyTexts"/> as a task.</summary>
        public Task<Prediction[][]> ClassifyTextsAsync(IReadOnlyList<string> texts, TaskOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            return Call.Run(control => ClassifyTexts(texts, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>Says what is on pictures, by the classes that the model was trained on.</summary>
        /// <param name="images">The pictures.</param>
        /// <param name="options">How; null: as the model says, all classes.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>For each picture its classes, the likeliest first.</returns>
        /// <exception cref="InvalidArgumentException">A picture cannot be decoded or is too large; the message says which.</exception>
        /// <exception cref="UnsupportedException">The model classifies no pictures.</exception>
        public unsafe Prediction[][] ClassifyImages(IReadOnlyList<Image> images, TaskOptions options = null, Control control = null)
        {
            Utf8Texts sentences = TaskOptions.Sentences(options);
            IntPtr predictions = IntPtr.Zero, error = IntPtr.Zero;
            int status, count;
            using (PinnedImages pinned = new PinnedImages(images))
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* sentenceBytes = sentences.Bytes)
            fixed (glyxel_str* templates = sentences.At(sentenceBytes))
            fixed (glyxel_image* pictures = pinned.Images)
            {
                count = pinned.Images.Length;
                glyxel_task_options how = TaskOptions.Native(options, templates, sentences.Count);
                status = Functions.glyxel_classify_images(model.Key, pictures, pinned.Count, &how, watch.Key, &predictions, &error);
            }
            Failure.Check(status, error);
            return Prediction.Read(predictions, count);
        }

        /// <summary><see cref="ClassifyImages"/> as a task.</summary>
        public Task<Prediction[][]> ClassifyImagesAsync(IReadOnlyList<Image> images, TaskOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (images == null)
                throw new ArgumentNullException("images");
            return Call.Run(control => ClassifyImages(images, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Says how well two texts go together, with a cross-encoder: mostly how well a document answers a query. Scores are those of
        /// sentence-transformers' CrossEncoder.
        /// </summary>
        /// <param name="first">The first text of each pair, such as a query.</param>
        /// <param name="second">The second text of each pair, such as a document; as many.</param>
        /// <param name="options">How; null: as the model says.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>A score for each pair.</returns>
        /// <exception cref="UnsupportedException">The model has no head, or one of several classes.</exception>
        public float[] ScorePairs(IReadOnlyList<string> first, IReadOnlyList<string> second, TaskOptions options = null,
            Control control = null)
        {
            if (first == null)
                throw new ArgumentNullException("first");
            float[] scores = new float[first.Count];
            ScorePairs(first, second, scores, options, control);
            return scores;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public unsafe void ScorePairs(IReadOnlyList<string> first, IReadOnlyList<string> second, float[] destination,
            TaskOptions options = null, Control control = null)
        {
            Utf8Texts a = new Utf8Texts(first, "first"), b = new Utf8Texts(second, "second");
            if (a.Count != b.Count)
                throw new ArgumentException("there are " + a.Count + " first texts and " + b.Count + " second ones; each pair has one of both",
                    "second");
            Sizes.HasRoom(destination, a.Count, "destination");
            Utf8Texts sentences = TaskOptions.Sentences(options);
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* bytesOfA = a.Bytes, bytesOfB = b.Bytes, sentenceBytes = sentences.Bytes)
            fixed (glyxel_str* templates = sentences.At(sentenceBytes))
            fixed (glyxel_str* firsts = a.At(bytesOfA), seconds = b.At(bytesOfB))
            fixed (float* output = destination)
            {
                glyxel_task_options how = TaskOptions.Native(options, templates, sentences.Count);
                status = Functions.glyxel_score_pairs(model.Key, firsts, seconds, (UIntPtr)(uint)a.Count, &how, watch.Key, output,
                    (UIntPtr)(uint)destination.Length, &error);
            }
            Failure.Check(status, error);
        }

        /// <summary><see cref="ScorePairs(IReadOnlyList{string}, IReadOnlyList{string}, TaskOptions, Control)"/> as a task.</summary>
        public Task<float[]> ScorePairsAsync(IReadOnlyList<string> first, IReadOnlyList<string> second, TaskOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (first == null)
                throw new ArgumentNullException("first");
            if (second == null)
                throw new ArgumentNullException("second");
            return Call.Run(control => ScorePairs(first, second, options, control), progress, timeout, cancellationToken);
        }
    }
}
