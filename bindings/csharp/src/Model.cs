using System;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    /// <summary>
    /// A loaded model. It is immutable: any number of threads may use one at once, and their inputs are computed together. Disposing of
    /// it frees its memory as soon as the calls that are using it have ended; without that, the finalizer does.
    /// </summary>
    /// <remarks>
    /// Methods without Async block the calling thread, those with it run the same call on a thread of its own and return at once. Inputs
    /// and destinations must stay as they are until a call has ended. Besides what each lists, all of them throw
    /// <see cref="ObjectDisposedException"/> after <see cref="Dispose"/>, <see cref="OperationCanceledException"/> if they are cancelled or
    /// the library is shut down, <see cref="TimeoutException"/>, <see cref="NotEnoughMemoryException"/> and <see cref="DeviceException"/>.
    /// </remarks>
    public sealed partial class Model : IDisposable
    {
        private readonly ModelHandle handle;

        private Model(ModelHandle handle)
        {
            this.handle = handle;
        }

        /// <summary>
        /// Loads a model. A checkpoint is converted the first time and kept in the cache, so that the next time is fast. A checkpoint is
        /// data, whoever made it; a bundle is a program: load only those you trust.
        /// </summary>
        /// <param name="source">
        /// The path of a checkpoint folder or of a bundle file; if there is no such path, the id of a repository on the Hugging Face hub,
        /// "org/name" or "org/name@revision". "file:PATH" and "hf:ID" force one or the other.
        /// </param>
        /// <param name="options">The settings; null: the defaults.</param>
        /// <param name="control">Watches, cancels or times the call; may be null.</param>
        /// <exception cref="NotFoundException">No such path or repository, or a needed file of it.</exception>
        /// <exception cref="BadModelException">Its files are damaged, cut off or contradict each other.</exception>
        /// <exception cref="UnsupportedException">An architecture or format that this version does not know.</exception>
        /// <exception cref="NetworkException">The hub cannot be reached or refuses.</exception>
        /// <exception cref="FileAccessException">A file cannot be read or written.</exception>
        public static unsafe Model Load(string source, LoadOptions options = null, Control control = null)
        {
            byte[] name = Utf8.Bytes(source, "source");
            IntPtr key = IntPtr.Zero, error = IntPtr.Zero;
            int status;
            using (OptionsHandle settings = LoadOptions.Native(options))
            using (Held o = new Held(settings, "Glyxel.LoadOptions"))
            using (Held watch = Control.Hold(control))
            fixed (byte* bytes = name)
                status = Functions.glyxel_model_load(new glyxel_str(bytes, name.Length), o.Key, watch.Key, &key, &error);
            Failure.Check(status, error);
            return new Model(new ModelHandle(key));
        }

        /// <summary><see cref="Load"/> as a task.</summary>
        public static Task<Model> LoadAsync(string source, LoadOptions options = null, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            return Call.Run(control => Load(source, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>Loads a model from the bytes of a bundle, as <see cref="Load"/> does. They are not needed afterwards.</summary>
        public static unsafe Model LoadMemory(byte[] bundle, LoadOptions options = null, Control control = null)
        {
            if (bundle == null)
                throw new ArgumentNullException("bundle");
            fixed (byte* bytes = bundle)
                return LoadMemory((IntPtr)bytes, bundle.LongLength, options, control);
        }

        /// <summary>The same of memory that is not .NET's: length bytes at bundle.</summary>
        public static unsafe Model LoadMemory(IntPtr bundle, long length, LoadOptions options = null, Control control = null)
        {
            if (length < 0)
                throw new ArgumentOutOfRangeException("length", length, "it must not be negative");
            IntPtr key = IntPtr.Zero, error = IntPtr.Zero;
            int status;
            using (OptionsHandle settings = LoadOptions.Native(options))
            using (Held o = new Held(settings, "Glyxel.LoadOptions"))
            using (Held watch = Control.Hold(control))
                status = Functions.glyxel_model_load_memory((byte*)bundle, (UIntPtr)(ulong)length, o.Key, watch.Key, &key, &error);
            Failure.Check(status, error);
            return new Model(new ModelHandle(key));
        }

        /// <summary><see cref="LoadMemory(byte[], LoadOptions, Control)"/> as a task.</summary>
        public static Task<Model> LoadMemoryAsync(byte[] bundle, LoadOptions options = null, IProgress<Progress> progress = null,
            TimeSpan timeout = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            if (bundle == null)
                throw new ArgumentNullException("bundle");
            return Call.Run(control => LoadMemory(bundle, options, control), progress, timeout, cancellationToken);
        }

        /// <summary>Writes the model as a bundle: one file that loads without conversion, here and elsewhere.</summary>
        /// <param name="path">The file; one that is there is replaced in one step.</param>
        /// <exception cref="NotFoundException">Its folder is not there.</exception>
        /// <exception cref="FileAccessException">It cannot be written.</exception>
        public unsafe void Save(string path)
        {
            byte[] name = Utf8.Bytes(path, "path");
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held model = Hold())
            fixed (byte* bytes = name)
                status = Functions.glyxel_model_save(model.Key, new glyxel_str(bytes, name.Length), &error);
            Failure.Check(status, error);
        }

        /// <summary>
        /// Describes the model, in JSON: its architecture, device, precision, pooling, dimensions, limits and where it came from.
        /// </summary>
        public unsafe string Info
        {
            get
            {
                using (Held model = Hold())
                    return Utf8.Read(Functions.glyxel_model_info(model.Key));
            }
        }

        /// <summary>How many values one embedding has; 0 if the model embeds nothing.</summary>
        public int Dimension
        {
            get
            {
                using (Held model = Hold())
                    return (int)Functions.glyxel_model_dim(model.Key);
            }
        }

        /// <summary>Frees the model. Calls that are using it end as if it were there.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private Held Hold()
        {
            return new Held(handle, "Glyxel.Model");
        }
    }
}
