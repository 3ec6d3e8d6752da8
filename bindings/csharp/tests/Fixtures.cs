using System;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace Glyxel.Tests
{
    /// Models, pictures and places for files. Tests run in the repository's root.
    internal static class Fixtures
    {
        internal const string MiniLm = "target/models/all-MiniLM-L6-v2";
        internal const string Lite0 = "target/models/tf_efficientnet_lite0";
        private static readonly string Root = Path.Combine("target/csharp/scratch", Process.GetCurrentProcess().Id.ToString());

        private static readonly Lazy<Model> Mean = new Lazy<Model>(() => Load("tests/fixtures/bert/st_mean"));
        private static readonly Lazy<Model> ClipModel = new Lazy<Model>(() => Load("tests/fixtures/images/clip"));
        private static readonly Lazy<Model> MiniLmModel = new Lazy<Model>(() => Load(MiniLm));
        private static readonly Lazy<Model> Lite0Model = new Lazy<Model>(() => Load(Lite0));

        /// Nothing runs at the end of a test program, so each run tidies up after those that have ended.
        static Fixtures()
        {
            foreach (string old in Directory.CreateDirectory("target/csharp/scratch").GetDirectories().Select(folder => folder.FullName))
                if (!Directory.Exists("/proc/" + Path.GetFileName(old)))
                    Directory.Delete(old, true);
        }

        /// A small text model that all tests share, and so must not dispose of; the next ones, too.
        internal static Model Text { get { return Mean.Value; } }
        internal static Model Clip { get { return ClipModel.Value; } }
        internal static Model RealText { get { return MiniLmModel.Value; } }
        internal static Model RealImage { get { return Lite0Model.Value; } }

        internal static LoadOptions Options
        {
            get { return new LoadOptions { CacheDirectory = "target/test-cache", Offline = true }; }
        }

        internal static Model Load(string source)
        {
            return Model.Load(source, Options);
        }

        internal static Image Picture(int number)
        {
            return Image.FromFile("tests/fixtures/images/pictures/" + number + ".png");
        }

        internal static Image Cat()
        {
            return Image.FromFile("target/data/cats/n02123045_281_tabby_cat.jpg");
        }

        /// A folder of this test's own, empty.
        internal static string Scratch(string name)
        {
            string folder = Path.Combine(Root, name);
            Directory.CreateDirectory(folder);
            return folder;
        }

        internal static string[] Numbered(int n)
        {
            return Enumerable.Range(0, n).Select(i => "sentence number " + i + " of a film review").ToArray();
        }

        /// Vectors of no meaning, the same each time.
        internal static float[] Vectors(int n, int dimension, int seed)
        {
            Random random = new Random(seed);
            float[] vectors = new float[n * dimension];
            for (int i = 0; i < vectors.Length; i++)
                vectors[i] = (float)(random.NextDouble() * 2 - 1);
            return vectors;
        }

        /// Runs a program and gives what it printed; an exit status other than the expected is a failure.
        internal static string Output(string program, string arguments, int expectedStatus = 0)
        {
            ProcessStartInfo start = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };
            using (Process process = Process.Start(start))
            {
                System.Threading.Tasks.Task<string> errors = process.StandardError.ReadToEndAsync();
                string output = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode != expectedStatus)
                    throw new Exception(program + " " + arguments + " exited with " + process.ExitCode + ":\n" + output + errors.Result);
                return output;
            }
        }
    }
}
