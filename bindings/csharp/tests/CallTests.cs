using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// Cancelling, timeouts and progress. A conversion that waits for the lock on its place in the cache never ends by itself: so
    /// nothing here depends on how fast anything is.
    internal static class CallTests
    {
        private const string Mean = "tests/fixtures/bert/st_mean";

        [DllImport("libc", SetLastError = true)]
        private static extern int flock(int descriptor, int operation);

        /// A load that waits until this is disposed of.
        private sealed class Waiting : IDisposable
        {
            internal readonly LoadOptions Options;
            private readonly FileStream file;

            internal Waiting(string name)
            {
                Options = new LoadOptions { CacheDirectory = Fixtures.Scratch(name) };
                Model.Load(Mean, Options).Dispose();
                string bundles = Path.Combine(Options.CacheDirectory, "bundles");
                File.Delete(Directory.GetFiles(bundles, "*.pt").Single());
                file = new FileStream(Directory.GetFiles(bundles, "*.lock").Single(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                Check.Equal(0, flock(file.SafeFileHandle.DangerousGetHandle().ToInt32(), 2), "flock");
            }

            public void Dispose()
            {
                file.Dispose();
            }
        }

        internal sealed class Reports : IProgress<Progress>
        {
            internal readonly List<Progress> All = new List<Progress>();
            internal Action<Progress> Then = report => { };

            public void Report(Progress value)
            {
                lock (All)
                    All.Add(value);
                Then(value);
            }
        }

        [Test]
        private static async Task ATokenCancelsACallThatIsRunning()
        {
            using (Waiting waiting = new Waiting("cancel"))
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                Task<Model> load = Model.LoadAsync(Mean, waiting.Options, null, TimeSpan.Zero, source.Token);
                Thread.Sleep(50);
                Check.That(!load.IsCompleted, "the load did not wait");
                source.Cancel();
                OperationCanceledException thrown = await Check.ThrowsAsync<OperationCanceledException>(load);
                Check.Equal(source.Token, thrown.CancellationToken, "the token");
                Check.Equal(TaskStatus.Canceled, load.Status, "the task's status");
            }
        }

        [Test]
        private static async Task AControlCancelsACallThatIsRunning()
        {
            using (Waiting waiting = new Waiting("control"))
            using (Control control = new Control())
            {
                Task<Model> load = Task.Run(() => Model.Load(Mean, waiting.Options, control));
                Thread.Sleep(50);
                Check.That(!load.IsCompleted, "the load did not wait");
                control.Cancel();
                await Check.ThrowsAsync<OperationCanceledException>(load);
                // It sticks.
                Check.Throws<OperationCanceledException>(() => Fixtures.Text.EmbedTexts(new[] { "a" }, (EmbedOptions)null, control));
            }
        }

        [Test]
        private static async Task ATimeoutIsATimeoutException()
        {
            using (Waiting waiting = new Waiting("timeout"))
            {
                await Check.ThrowsAsync<TimeoutException>(Model.LoadAsync(Mean, waiting.Options, null, TimeSpan.FromMilliseconds(30)));
                using (Control control = new Control { Timeout = TimeSpan.FromTicks(1) })
                {
                    Check.Equal(TimeSpan.FromTicks(1), control.Timeout);
                    Check.Throws<TimeoutException>(() => Model.Load(Mean, waiting.Options, control));
                    control.Timeout = TimeSpan.Zero;
                    Check.Equal(Fixtures.Text.Dimension, Fixtures.Text.EmbedText("a", null, control).Length);
                    Check.Throws<ArgumentOutOfRangeException>(() => control.Timeout = TimeSpan.FromSeconds(-1));
                    control.Timeout = Timeout.InfiniteTimeSpan;
                }
            }
        }

        [Test]
        private static void ATokenThatWasCancelledBefore()
        {
            CancellationToken cancelled = new CancellationToken(true);
            Task<float[]> call = Fixtures.Text.EmbedTextsAsync(new[] { "a" }, (EmbedOptions)null, null, TimeSpan.Zero, cancelled);
            Check.Equal(TaskStatus.Canceled, call.Status);
            Check.Equal(TaskStatus.Canceled, Similarity.TopKAsync(new float[2], new float[2], 2, 1, Metric.Dot, null, TimeSpan.Zero, cancelled).Status);
            string never = Path.Combine(Fixtures.Scratch("never"), "cache");
            Check.Equal(TaskStatus.Canceled, Model.LoadAsync(Mean, new LoadOptions { CacheDirectory = never }, null, TimeSpan.Zero, cancelled).Status);
            Check.That(!Directory.Exists(never), "something was written");
        }

        /// While the real model computes: the texts would take far longer than the first report does.
        [Test]
        private static async Task EmbeddingIsCancelledAsSoonAsItComputes()
        {
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                Reports reports = new Reports { Then = report => { if (report.Stage == Stage.Computing) source.Cancel(); } };
                Task<float[]> call = Fixtures.RealText.EmbedTextsAsync(Fixtures.Numbered(50000), (EmbedOptions)null, reports, TimeSpan.Zero, source.Token);
                await Check.ThrowsAsync<OperationCanceledException>(call);
                Progress last = reports.All.Last();
                Check.That(last.Done < last.Total, "it was cancelled after its end: " + last);
            }
            Check.Equal(384, Fixtures.RealText.EmbedText("still there").Length);
        }

        [Test]
        private static async Task ProgressIsReportedUntilTheEnd()
        {
            Reports reports = new Reports();
            LoadOptions options = new LoadOptions { CacheDirectory = Fixtures.Scratch("progress") };
            using (await Model.LoadAsync(Mean, options, reports))
            {
                Check.That(reports.All.Count > 0 && reports.All.Last().Stage == Stage.Loading, string.Join(", ", reports.All));
                reports.All.Clear();
            }
            await Fixtures.Text.EmbedTextsAsync(Fixtures.Numbered(3000), (EmbedOptions)null, reports);
            Progress last = reports.All.Last();
            Check.Equal("Computing 3000 of 3000", last.ToString());
            int count = reports.All.Count;
            Thread.Sleep(150);
            Check.Equal(count, reports.All.Count, "reports after the end");
        }

        [Test]
        private static void AControlIsPolled()
        {
            using (Control control = new Control())
            {
                Check.Equal(Stage.Idle, control.Progress.Stage);
                Fixtures.Text.EmbedTexts(Fixtures.Numbered(7), (EmbedOptions)null, control);
                Check.Equal("Computing 7 of 7", control.Progress.ToString());
            }
        }

        /// An observer that throws ends the call and is heard of.
        [Test]
        private static async Task AnObserverThatThrows()
        {
            Reports reports = new Reports { Then = report => { throw new InvalidTimeZoneException("an observer's own"); } };
            await Check.ThrowsAsync<InvalidTimeZoneException>(Fixtures.Text.EmbedTextsAsync(Fixtures.Numbered(2000), (EmbedOptions)null, reports));
            await Check.ThrowsAsync<InvalidTimeZoneException>(Model.LoadAsync(Mean, Fixtures.Options, reports));
        }

        [Test]
        private static async Task FailuresComeThroughTasks()
        {
            await Check.ThrowsAsync<NotFoundException>(Model.LoadAsync("file:target/nowhere"));
            Task<float[]> call = Fixtures.Text.EmbedTextsAsync(new[] { "\ud83c" });
            await Check.ThrowsAsync<ArgumentException>(call, "texts[0]");
            Check.Equal(TaskStatus.Faulted, call.Status);
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(Fixtures.Text.EmbedTextAsync("a", null, null, TimeSpan.FromSeconds(-2)));
        }

        /// With a shutdown every call ends, and the next one starts the library anew.
        [Test]
        private static async Task AShutdownCancelsAndTheLibraryGoesOn()
        {
            float[] before = Fixtures.Text.EmbedText("a");
            using (Waiting waiting = new Waiting("shutdown"))
            {
                Task<Model> load = Model.LoadAsync(Mean, waiting.Options);
                Thread.Sleep(50);
                GlyxelLibrary.Shutdown();
                OperationCanceledException thrown = await Check.ThrowsAsync<OperationCanceledException>(load);
                Check.That(!thrown.CancellationToken.CanBeCanceled, "a token that nobody cancelled");
            }
            GlyxelLibrary.Shutdown(TimeSpan.FromSeconds(60));
            GlyxelLibrary.Configure("threads", "2");
            Check.SameBits(before, Fixtures.Text.EmbedText("a"));
            Check.Throws<InvalidArgumentException>(() => GlyxelLibrary.Configure("threads", "2"));
        }
    }
}
