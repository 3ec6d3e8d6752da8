using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    public sealed partial class Model
    {
        /// <summary>
        /// Says how well labels of your own fit pictures, with a model of texts and pictures. CLIP shares out certainty among the labels,
        /// SigLIP asks of each label whether it fits.
        /// </summary>
        /// <param name="images">The pictures.</param>
        /// <param name="labels">The labels, such as "cat" or "a dog in the snow".</param>
        /// <param name="options">How; null: as the model says, each label put into "This is a photo of {}."</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>The scores: picture i's of label j is at i × labels + j.</returns>
        /// <exception cref="InvalidArgumentException">A picture cannot be decoded, or the template has no "{}".</exception>
        /// <exception cref="UnsupportedException">The model does not compare pictures with texts.</exception>
        public float[] ZeroShotImages(IReadOnlyList<Image> images, IReadOnlyList<string> labels, TaskOptions options = null,
            Control control = null)
        {
            if (images == null)
                throw new ArgumentNullException("images");
            if (labels == null)
                throw new ArgumentNullException("labels");
            float[] scores = new float[Sizes.Product(images.Count, labels.Count)];
            ZeroShotImages(images, labels, scores, options, control);
            return scores;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public unsafe void ZeroShotImages(IReadOnlyList<Image> images, IReadOnlyList<string> labels, float[] destination,
            TaskOptions options = null, Control control = null)
        {
            Utf8Texts names = new Utf8Texts(labels, "labels");
            Utf8Texts sentences = TaskOptions.Sentences(options);
            IntPtr error = IntPtr.Zero;
            int status;
            using (PinnedImages pinned = new PinnedImages(images))
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* bytes = names.Bytes, sentenceBytes = sentences.Bytes)
            fixed (glyxel_str* templates = sentences.At(sentenceBytes))
            fixed (glyxel_str* strings = names.At(bytes))
            fixed (glyxel_image* pictures = pinned.Images)
            fixed (float* output = destination)
            {
                Sizes.HasRoom(destination, Sizes.Product(pinned.Images.Length, names.Count), "destination");
                glyxel_task_options how = TaskOptions.Native(options, templates, sentences.Count);
                status = Functions.glyxel_zero_shot_images(model.Key, pictures, pinned.Count, strings, (UIntPtr)(uint)names.Count, &how,
                    watch.Key, output, (UIntPtr)(uint)destination.Length, &error);
            }
            Failure.Check(status, error);
        }

        /// <summary><see cref="ZeroShotImages(IReadOnlyList{Image}, IReadOnlyList{string}, TaskOptions, Control)"/> as a task.</summary>
        public Task<float[]> ZeroShotImagesAsync(IReadOnlyList<Image> images, IReadOnlyList<string> labels, TaskOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (images == null)
                throw new ArgumentNullException("images");
            if (labels == null)
                throw new ArgumentNullException("labels");
            return Call.Run(control => ZeroShotImages(images, labels, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Says how well labels of your own fit texts, with a model trained on inference (NLI). Scores are those of transformers'
        /// zero-shot-classification pipeline.
        /// </summary>
        /// <param name="texts">The texts.</param>
        /// <param name="labels">The labels, such as "politics" or "a complaint".</param>
        /// <param name="options">How; null: softmax, each label put into "This example is {}."</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>The scores: text i's of label j is at i × labels + j.</returns>
        /// <exception cref="InvalidArgumentException">A label leaves no room for a text, or the template has no "{}".</exception>
        /// <exception cref="UnsupportedException">The model was not trained on inference.</exception>
        public float[] ZeroShotTexts(IReadOnlyList<string> texts, IReadOnlyList<string> labels, TaskOptions options = null,
            Control control = null)
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            if (labels == null)
                throw new ArgumentNullException("labels");
            float[] scores = new float[Sizes.Product(texts.Count, labels.Count)];
            ZeroShotTexts(texts, labels, scores, options, control);
            return scores;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public unsafe void ZeroShotTexts(IReadOnlyList<string> texts, IReadOnlyList<string> labels, float[] destination,
            TaskOptions options = null, Control control = null)
        {
            Utf8Texts utf8 = new Utf8Texts(texts, "texts"), names = new Utf8Texts(labels, "labels");
            Sizes.HasRoom(destination, Sizes.Product(utf8.Count, names.Count), "destination");
            Utf8Texts sentences = TaskOptions.Sentences(options);
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* bytes = utf8.Bytes, nameBytes = names.Bytes, sentenceBytes = sentences.Bytes)
            fixed (glyxel_str* templates = sentences.At(sentenceBytes))
            fixed (glyxel_str* strings = utf8.At(bytes), nameStrings = names.At(nameBytes))
            fixed (float* output = destination)
            {
                glyxel_task_options how = TaskOptions.Native(options, templates, sentences.Count);
                status = Functions.glyxel_zero_shot_texts(model.Key, strings, (UIntPtr)(uint)utf8.Count, nameStrings,
                    (UIntPtr)(uint)names.Count, &how, watch.Key, output, (UIntPtr)(uint)destination.Length, &error);
            }
            Failure.Check(status, error);
        }

        /// <summary><see cref="ZeroShotTexts(IReadOnlyList{string}, IReadOnlyList{string}, TaskOptions, Control)"/> as a task.</summary>
        public Task<float[]> ZeroShotTextsAsync(IReadOnlyList<string> texts, IReadOnlyList<string> labels, TaskOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            if (labels == null)
                throw new ArgumentNullException("labels");
            return Call.Run(control => ZeroShotTexts(texts, labels, options, control), progress, timeout, cancellationToken);
        }
    }
}
