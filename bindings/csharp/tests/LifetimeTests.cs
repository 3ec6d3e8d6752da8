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

            Check.Throws<ObjectDisposedException>(() => model.EmbedTokens(new[] { "a" }), "Glyxel.Model");
            TokenVectors tokens = Fixtures.Text.EmbedTokens(new[] { "a" }), others = Fixtures.Text.EmbedTokens(new[] { "a" });
            tokens.Dispose();
            tokens.Dispose();
            Check.Throws<ObjectDisposedException>(() => tokens.ToArray(), "Glyxel.TokenVectors");
            Check.Throws<ObjectDisposedException>(() => tokens.Vectors(0));
            Check.Throws<ObjectDisposedException>(() => tokens.Tokens(0));
            Check.Throws<ObjectDisposedException>(() => tokens.Address.ToString());
            Check.Throws<ObjectDisposedException>(() => Similarity.MaxSim(tokens, others, 1), "Glyxel.TokenVectors");
            await Check.ThrowsAsync<ObjectDisposedException>(Similarity.MaxSimAsync(others, tokens, 1));
            others.Dispose();
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

        /// What nobody disposed of is collected, and finalizers do no harm.
        [Test]
        private static void FinalizersFree()
        {
            // Mono's collector looks through the stack conservatively, so they are made on another.
            WeakReference[] models = Task.Factory.StartNew<WeakReference[]>(Forgotten, TaskCreationOptions.LongRunning).GetAwaiter().GetResult();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            int collected = models.Count(model => !model.IsAlive);
            Check.That(collected >= 18, "only " + collected + " of 20 were collected");
            Check.Equal(Fixtures.Text.Dimension, Fixtures.Text.EmbedText("a").Length);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static WeakReference[] ForgottenTokens()
        {
            return Enumerable.Range(0, 20).Select(i => new WeakReference(Fixtures.Text.EmbedTokens(new[] { "a" }))).ToArray();
        }

        [Test]
        private static void VectorsOfTokensThatNobodyDisposedOf()
        {
            WeakReference[] tokens = Task.Factory.StartNew<WeakReference[]>(ForgottenTokens, TaskCreationOptions.LongRunning).GetAwaiter().GetResult();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            int collected = tokens.Count(one => !one.IsAlive);
            Check.That(collected >= 18, "only " + collected + " of 20 were collected");
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

        [DllImport("log_sink")]
        private static extern IntPtr log_sink();

        [DllImport("log_sink")]
        private static extern int log_heard();

        [DllImport("log_sink")]
        private static extern int log_wrong();

        [Test]
        private static void MessagesGoToANativeFunction()
        {
            GlyxelLibrary.SetLog(log_sink(), (IntPtr)42);
            try
            {
                Model.Load(Mean, new LoadOptions { CacheDirectory = Fixtures.Scratch("log") }).Dispose();
            }
            finally
            {
                GlyxelLibrary.SetLog(IntPtr.Zero, IntPtr.Zero);
            }
            int heard = log_heard();
            Check.That(heard > 0, "no message was heard");
            Check.Equal(0, log_wrong(), "messages that are none");
            Model.Load(Mean, new LoadOptions { CacheDirectory = Fixtures.Scratch("silent") }).Dispose();
            Check.Equal(heard, log_heard(), "messages after the callback was taken back");
        }
    }
}
