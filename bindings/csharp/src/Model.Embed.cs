using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    public sealed partial class Model
    {
        /// <summary>Embeds a text: see <see cref="EmbedTexts(IReadOnlyList{string}, EmbedOptions, Control)"/>.</summary>
        /// <returns>Its vector: <see cref="Dimension"/> values, or as many as the options say.</returns>
        public float[] EmbedText(string text, EmbedOptions options = null, Control control = null)
        {
            if (text == null)
                throw new ArgumentNullException("text");
            return EmbedTexts(new[] { text }, options, control);
        }

        /// <summary>
        /// Embeds texts: each becomes a vector, and texts of like meaning become near vectors. A text is cut after the model's number of
        /// tokens; an empty one has a vector, too.
        /// </summary>
        /// <param name="texts">The texts.</param>
        /// <param name="options">How; null: as the model says.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>
        /// The vectors in the order of the texts, one after the other: vector i begins at i × <see cref="Dimension"/> (or the options'
        /// dimension). <see cref="Similarity"/> takes them as they are.
        /// </returns>
        /// <exception cref="ArgumentException">A text is null or holds half of a surrogate pair.</exception>
        /// <exception cref="InvalidArgumentException">There is no such prompt, or fewer dimensions than are asked for.</exception>
        /// <exception cref="UnsupportedException">The model does not embed texts.</exception>
        public float[] EmbedTexts(IReadOnlyList<string> texts, EmbedOptions options = null, Control control = null)
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            float[] vectors = new float[Sizes.Product(texts.Count, VectorLength(options))];
            EmbedTexts(texts, vectors, options, control);
            return vectors;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public unsafe void EmbedTexts(IReadOnlyList<string> texts, float[] destination, EmbedOptions options = null, Control control = null)
        {
            Utf8Texts utf8 = new Utf8Texts(texts, "texts");
            Sizes.HasRoom(destination, Sizes.Product(utf8.Count, VectorLength(options)), "destination");
            byte[] prompt = Utf8.Bytes(options == null ? null : options.Prompt, "Prompt");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* bytes = utf8.Bytes, promptBytes = prompt)
            fixed (glyxel_str* strings = utf8.At(bytes))
            fixed (float* output = destination)
            {
                glyxel_embed_options how = EmbedOptions.Native(options, promptBytes, prompt.Length);
                status = Functions.glyxel_embed_texts(model.Key, strings, (UIntPtr)(uint)utf8.Count, &how, watch.Key, output,
                    (UIntPtr)(uint)destination.Length, &error);
            }
            Failure.Check(status, error);
        }

        /// <summary><see cref="EmbedText"/> as a task.</summary>
        public Task<float[]> EmbedTextAsync(string text, EmbedOptions options = null, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            if (text == null)
                throw new ArgumentNullException("text");
            return Call.Run(control => EmbedText(text, options, control), progress, timeout, cancellationToken);
        }

        /// <summary><see cref="EmbedTexts(IReadOnlyList{string}, EmbedOptions, Control)"/> as a task.</summary>
        public Task<float[]> EmbedTextsAsync(IReadOnlyList<string> texts, EmbedOptions options = null, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            return Call.Run(control => EmbedTexts(texts, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>The same into an array that is there; it may be longer than needed. It is the task's result, too.</summary>
        public Task<float[]> EmbedTextsAsync(IReadOnlyList<string> texts, float[] destination, EmbedOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (texts == null)
                throw new ArgumentNullException("texts");
            return Call.Run(control =>
            {
                EmbedTexts(texts, destination, options, control);
                return destination;
            }, progress, timeout, cancellationToken);
        }

        /// <summary>
        /// Embeds pictures: each becomes a vector, and pictures that look alike become near vectors. With a model of texts and pictures
        /// (CLIP, SigLIP), texts that describe a picture are near it. Vectors have length 1 only if the options say so.
        /// </summary>
        /// <param name="images">The pictures.</param>
        /// <param name="options">How; null: as the model says.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <returns>The vectors in the order of the pictures, one after the other.</returns>
        /// <exception cref="InvalidArgumentException">A picture cannot be decoded or is too large; the message says which.</exception>
        /// <exception cref="UnsupportedException">The model takes no pictures.</exception>
        public float[] EmbedImages(IReadOnlyList<Image> images, EmbedOptions options = null, Control control = null)
        {
            if (images == null)
                throw new ArgumentNullException("images");
            float[] vectors = new float[Sizes.Product(images.Count, VectorLength(options))];
            EmbedImages(images, vectors, options, control);
            return vectors;
        }

        /// <summary>The same into an array that is there; it may be longer than needed.</summary>
        public unsafe void EmbedImages(IReadOnlyList<Image> images, float[] destination, EmbedOptions options = null, Control control = null)
        {
            byte[] prompt = Utf8.Bytes(options == null ? null : options.Prompt, "Prompt");
            IntPtr error = IntPtr.Zero;
            int status;
            using (PinnedImages pinned = new PinnedImages(images))
            using (Held model = Hold())
            using (Held watch = Control.Hold(control))
            fixed (byte* promptBytes = prompt)
            fixed (glyxel_image* pictures = pinned.Images)
            fixed (float* output = destination)
            {
                Sizes.HasRoom(destination, Sizes.Product(pinned.Images.Length, VectorLength(options)), "destination");
                glyxel_embed_options how = EmbedOptions.Native(options, promptBytes, prompt.Length);
                status = Functions.glyxel_embed_images(model.Key, pictures, pinned.Count, &how, watch.Key, output,
                    (UIntPtr)(uint)destination.Length, &error);
            }
            Failure.Check(status, error);
        }

        /// <summary><see cref="EmbedImages(IReadOnlyList{Image}, EmbedOptions, Control)"/> as a task.</summary>
        public Task<float[]> EmbedImagesAsync(IReadOnlyList<Image> images, EmbedOptions options = null, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            if (images == null)
                throw new ArgumentNullException("images");
            return Call.Run(control => EmbedImages(images, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>The same into an array that is there; it may be longer than needed. It is the task's result, too.</summary>
        public Task<float[]> EmbedImagesAsync(IReadOnlyList<Image> images, float[] destination, EmbedOptions options = null,
            IProgress<Progress> progress = null, TimeSpan timeout = default(TimeSpan),
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (images == null)
                throw new ArgumentNullException("images");
            return Call.Run(control =>
            {
                EmbedImages(images, destination, options, control);
                return destination;
            }, progress, timeout, cancellationToken);
        }

        /// <summary>Counts tokens: how long each text is to the model, before it is cut, special tokens included.</summary>
        /// <exception cref="UnsupportedException">The model takes no texts.</exception>
        public unsafe int[] CountTokens(IReadOnlyList<string> texts)
        {
            Utf8Texts utf8 = new Utf8Texts(texts, "texts");
            UIntPtr[] counts = new UIntPtr[utf8.Count];
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            fixed (byte* bytes = utf8.Bytes)
            fixed (glyxel_str* strings = utf8.At(bytes))
            fixed (UIntPtr* output = counts)
                status = Functions.glyxel_count_tokens(model.Key, strings, (UIntPtr)(uint)utf8.Count, output, (UIntPtr)(uint)counts.Length,
                    &error);
            Failure.Check(status, error);
            return Array.ConvertAll(counts, count => checked((int)count.ToUInt64()));
        }

        private int VectorLength(EmbedOptions options)
        {
            int asked = options == null ? 0 : Sizes.NotNegative(options.Dimension, "Dimension");
            int own = Dimension;
            // More than the model has is the library's to refuse, and needs no memory before it does.
            return asked == 0 || asked > own ? own : asked;
        }
    }
}
