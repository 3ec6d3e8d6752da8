using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel
{
    /// Runs a blocking call as a Task, cancelled by a token, its progress polled.
    internal static class Call
    {
        private const int PollEveryMilliseconds = 50;

        internal static async Task<T> Run<T>(Func<Control, T> call, IProgress<Progress> progress, TimeSpan timeout,
            CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            using (Control control = new Control())
            {
                control.Timeout = timeout;
                using (token.Register(control.Cancel))
                {
                    // A thread of its own: the call only waits for the library's threads, and many that wait would hold up the pool.
                    Task<T> running = Task.Factory.StartNew(() => call(control), CancellationToken.None,
                        TaskCreationOptions.LongRunning, TaskScheduler.Default);
                    if (progress != null)
                        await Watch(running, control, progress).ConfigureAwait(false);
                    try
                    {
                        return await running.ConfigureAwait(false);
                    }
                    catch (OperationCanceledException e)
                    {
                        // With the caller's token in it, as awaiting code expects; without, if it was the library's end.
                        if (token.IsCancellationRequested)
                            throw new OperationCanceledException(e.Message, e, token);
                        throw;
                    }
                }
            }
        }

        /// Reports until the call has ended, and then once more.
        private static async Task Watch<T>(Task<T> running, Control control, IProgress<Progress> progress)
        {
            Progress last = new Progress();
            try
            {
                bool ended;
                do
                {
                    await Task.WhenAny(running, Task.Delay(PollEveryMilliseconds)).ConfigureAwait(false);
                    ended = running.IsCompleted;
                    Progress now = control.Progress;
                    if (now.Stage != last.Stage || now.Done != last.Done || now.Total != last.Total)
                        progress.Report(now);
                    last = now;
                }
                while (!ended);
            }
            catch (Exception e)
            {
                // The observer threw: nobody waits for the result any more.
                control.Cancel();
                await Abandon(running).ConfigureAwait(false);
                ExceptionDispatchInfo.Capture(e).Throw();
            }
        }

        private static async Task Abandon<T>(Task<T> running)
        {
            try
            {
                IDisposable result = await running.ConfigureAwait(false) as IDisposable;
                if (result != null)
                    result.Dispose();
            }
            catch (Exception)
            {
                // What the observer threw is told instead.
            }
        }
    }
}
