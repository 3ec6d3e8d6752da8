using System;
using System.Collections.Generic;
using System.Globalization;

namespace Glyxel
{
    /// <summary>Settings for one model; what is left null or empty is the library's default.</summary>
    public sealed class LoadOptions
    {
        /// <summary>"cpu" (default), "cuda", "cuda:N", or "auto": CUDA if there is one that works, else the CPU.</summary>
        public string Device { get; set; }

        /// <summary>"f32" (default), "bf16", "f16" (on CUDA only), "int8" (on a CPU with AVX2), or "auto": bf16 or f16 where it is fast.</summary>
        public string Precision { get; set; }

        /// <summary>Texts are cut after so many tokens; default, and at most: as the model says.</summary>
        public int? MaxLength { get; set; }

        /// <summary>Pictures are brought to this size, "224" or "HEIGHTxWIDTH", for models that take others than their own.</summary>
        public string ImageSize { get; set; }

        /// <summary>Pictures of more pixels are refused before they are decoded; default: 89,478,485.</summary>
        public long? MaxImagePixels { get; set; }

        /// <summary>Whether a converted checkpoint is kept for the next time; default: yes.</summary>
        public bool? Cache { get; set; }

        /// <summary>The folder for downloads and converted checkpoints.</summary>
        public string CacheDirectory { get; set; }

        /// <summary>Whether the network is never used; default: no.</summary>
        public bool? Offline { get; set; }

        /// <summary>Branch, tag or commit of a hub repository; default: "main".</summary>
        public string Revision { get; set; }

        /// <summary>Access token for the hub.</summary>
        public string Token { get; set; }

        /// <summary>Settings by the library's own names, such as those that a newer library has; they are applied last.</summary>
        public IDictionary<string, string> Others { get; private set; }

        /// <summary>All settings the defaults.</summary>
        public LoadOptions()
        {
            Others = new Dictionary<string, string>();
        }

        /// The library's settings; null, its defaults, for null.
        internal static OptionsHandle Native(LoadOptions options)
        {
            if (options == null)
                return null;
            OptionsHandle handle = New();
            try
            {
                foreach (KeyValuePair<string, string> setting in options.Settings())
                    Set(handle, setting.Key, setting.Value);
                return handle;
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }

        private IEnumerable<KeyValuePair<string, string>> Settings()
        {
            KeyValuePair<string, string>[] known =
            {
                Setting("device", Device),
                Setting("precision", Precision),
                Setting("max_length", Number(MaxLength)),
                Setting("image_size", ImageSize),
                Setting("max_image_pixels", Number(MaxImagePixels)),
                Setting("cache", Flag(Cache)),
                Setting("cache_dir", CacheDirectory),
                Setting("offline", Flag(Offline)),
                Setting("revision", Revision),
                Setting("token", Token)
            };
            foreach (KeyValuePair<string, string> setting in known)
                if (!string.IsNullOrEmpty(setting.Value))
                    yield return setting;
            foreach (KeyValuePair<string, string> setting in Others)
                yield return setting;
        }

        private static KeyValuePair<string, string> Setting(string name, string value)
        {
            return new KeyValuePair<string, string>(name, value);
        }

        private static string Number(long? value)
        {
            return value.HasValue ? value.Value.ToString(CultureInfo.InvariantCulture) : null;
        }

        private static string Flag(bool? value)
        {
            return value.HasValue ? (value.Value ? "true" : "false") : null;
        }

        private static unsafe OptionsHandle New()
        {
            GlyxelLibrary.RequireAbi();
            IntPtr key = IntPtr.Zero, error = IntPtr.Zero;
            int status = Functions.glyxel_options_new(&key, &error);
            Failure.Check(status, error);
            return new OptionsHandle(key);
        }

        private static unsafe void Set(OptionsHandle options, string name, string value)
        {
            byte[] names = Utf8.Bytes(name, "the name of a setting"), values = Utf8.Bytes(value, "the setting " + name);
            IntPtr error = IntPtr.Zero;
            int status;
            using (Held held = new Held(options, "Glyxel.LoadOptions"))
            fixed (byte* n = names, v = values)
                status = Functions.glyxel_options_set(held.Key, new glyxel_str(n, names.Length), new glyxel_str(v, values.Length), &error);
            Failure.Check(status, error);
        }
    }
}
