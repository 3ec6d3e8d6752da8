using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// Who frees what, when, and what happens to calls meanwhile.
    internal static class LifetimeTests
    {
        private const string Mean = "tests/fixtures/bert/st_mean";

        [Test]
        private static async Task WhatWasDisposedOfSaysSo()
        {
            Model model = Fixtures.Load(Mean);
            model.Dispose();
            model.Dispose();
            Check.Throws<ObjectDisposedException>(() => model.EmbedText("a"), "Glyxel.Model");
            Check.Throws<ObjectDisposedException>(() => model.EmbedImages(new[] { Fixtures.Picture(0) }), "Glyxel.Model");
            Check.Throws<ObjectDisposedException>(() => model.Save("target/never.pt"));
            Check.Throws<ObjectDisposedException>(() => model.Info.ToString());
            Check.Throws<ObjectDisposedException>(() => model.Dimension.ToString());
            await Check.ThrowsAsync<ObjectDisposedException>(model.EmbedTextAsync("a"));

            Control control = new Control();
            control.Dispose();
            control.Dispose();
            control.Cancel();
            Check.Throws<ObjectDisposedException>(() => control.Timeout = TimeSpan.FromSeconds(1), "Glyxel.Control");
            Check.Throws<ObjectDisposedException>(() => control.Progress.ToString());
            Check.Throws<ObjectDisposedException>(() => Fixtures.Text.EmbedText("a", null, control), "Glyxel.Control");

            Centroids centroids = new Centroids(1, 1);
            centroids.Dispose();
            centroids.Dispose();
            Check.Throws<ObjectDisposedException>(() => centroids.Count(0), "Glyxel.Centroids");
        }

        /// A call that is using a model ends as if it were there, however early it is disposed of.
        [Test]
        private static async Task DisposingDuringACall()
        {
            float[] expected = Fixtures.RealText.EmbedTexts(Fixtures.Numbered(600));
            for (int i = 0; i < 3; i++)
            {
                Model model = Fixtures.Load(Fixtures.MiniLm);
                Task<float[]> call;
                using (Control control = new Control())
                {
                    call = Task.Run(() => model.EmbedTexts(Fixtures.Numbered(600), (EmbedOptions)null, control));
                    while (control.Progress.Stage == Stage.Idle && !call.IsCompleted)
                        Thread.Yield();
                    model.Dispose();
                }
                Check.Near(expected, await call, 1e-5f);
                Check.Throws<ObjectDisposedException>(() => model.EmbedText("a"));
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static WeakReference[] Forgotten()
        {
            return Enumerable.Range(0, 20).Select(i =>
            {
                Model model = Fixtures.Load(Mean);
                model.EmbedText("a");
                return new WeakReference(model);
            }).ToArray();
        }

        /// What nobody disposed of is freed by finalizers: resident memory says whether it is.
        [Test]
        private static void FinalizersFree()
        {
            WeakReference[] models = null;
            // Mono's collector looks through the stack conservatively, so they are made on another.
            Thread thread = new Thread(() => models = Forgotten());
            thread.Start();
            thread.Join();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            int collected = models.Count(model => !model.IsAlive);
            Check.That(collected >= 18, "only " + collected + " of 20 were collected");
            Check.Equal(Fixtures.Text.Dimension, Fixtures.Text.EmbedText("a").Length);
        }

        private static double ResidentMegabytes()
        {
            return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * 4096 / 1e6;
        }

        /// After some rounds to fill what is kept, 1,000 more loads of a small model add next to nothing.
        [Test]
        private static void AThousandLoadsLeaveMemoryFlat()
        {
            for (int i = 0; i < 300; i++)
                LoadAndFree();
            double before = Settled();
            for (int i = 0; i < 1000; i++)
                LoadAndFree();
            double after = Settled();
            Console.WriteLine("     1,000 loads: {0:0.0} MB before, {1:0.0} MB after", before, after);
            Check.That(after - before < 10, "memory grew from " + before + " to " + after + " MB");
        }

        private static void LoadAndFree()
        {
            using (Model model = Fixtures.Load(Mean))
            using (Control control = new Control())
                model.EmbedText("a good film", null, control);
        }

        private static double Settled()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return ResidentMegabytes();
        }

        [Test]
        private static void ManyThreadsShareAModel()
        {
            string[] texts = Fixtures.Numbered(40);
            float[] expected = Fixtures.Text.EmbedTexts(texts);
            int dimension = Fixtures.Text.Dimension;
            Exception thrown = null;
            Thread[] threads = Enumerable.Range(0, 16).Select(number => new Thread(() =>
            {
                try
                {
                    for (int round = 0; round < 30; round++)
                    {
                        int which = (number * 7 + round) % texts.Length;
                        Check.Near(expected.Skip(which * dimension).Take(dimension).ToArray(), Fixtures.Text.EmbedText(texts[which]), 1e-6f);
                    }
                }
                catch (Exception e)
                {
                    thrown = e;
                }
            })).ToArray();
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            if (thrown != null)
                throw new Exception("on another thread", thrown);
        }

        [Test]
        private static async Task ManyTasksAtOnce()
        {
            string[] texts = Fixtures.Numbered(100);
            float[] expected = Fixtures.Text.EmbedTexts(texts);
            float[][] vectors = await Task.WhenAll(texts.Select(text => Fixtures.Text.EmbedTextAsync(text)));
            Check.Near(expected, vectors.SelectMany(vector => vector).ToArray(), 1e-6f);
        }

        [StructLayout(LayoutKind.Sequential)]
        private struct Text
        {
            public IntPtr Pointer;
            public UIntPtr Length;
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate void LogCallback(int level, Text message, IntPtr user);

        /// The wrapper takes the address of a native function; Mono can make one of a delegate, which serves for this test.
        [Test]
        private static void MessagesGoToANativeFunction()
        {
            List<string> messages = new List<string>();
            LogCallback callback = (level, message, user) =>
            {
                byte[] bytes = new byte[(int)message.Length];
                Marshal.Copy(message.Pointer, bytes, 0, bytes.Length);
                lock (messages)
                    messages.Add((LogLevel)level + " " + user + " " + System.Text.Encoding.UTF8.GetString(bytes));
            };
            GlyxelLibrary.SetLog(Marshal.GetFunctionPointerForDelegate(callback), (IntPtr)42);
            try
            {
                Fixtures.Load(Mean).Dispose();
                LoadOptions fresh = new LoadOptions { CacheDirectory = Fixtures.Scratch("log") };
                Model.Load(Mean, fresh).Dispose();
            }
            finally
            {
                GlyxelLibrary.SetLog(IntPtr.Zero, IntPtr.Zero);
            }
            GC.KeepAlive(callback);
            int heard = messages.Count;
            Check.That(heard > 0 && messages.All(message => message.Contains(" 42 ")), string.Join("\n", messages));
            Model.Load(Mean, new LoadOptions { CacheDirectory = Fixtures.Scratch("silent") }).Dispose();
            Check.Equal(heard, messages.Count, "messages after the callback was taken back");
        }
    }
}
