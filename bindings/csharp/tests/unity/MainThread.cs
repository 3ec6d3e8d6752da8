using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// A thread that runs what is posted to it, as Unity's main thread does between frames.
    internal sealed class MainThread : SynchronizationContext
    {
        private readonly BlockingCollection<Action> posted = new BlockingCollection<Action>();

        public override void Post(SendOrPostCallback callback, object state)
        {
            posted.Add(() => callback(state));
        }

        /// Runs an asynchronous method as Unity would, on this thread, until its task has ended; how often frame was run meanwhile.
        internal static int Run(Func<Task> start, Action frame = null)
        {
            SynchronizationContext before = Current;
            MainThread main = new MainThread();
            SetSynchronizationContext(main);
            try
            {
                int frames = 0;
                Task task = start();
                while (!task.IsCompleted)
                {
                    Action next;
                    if (main.posted.TryTake(out next, 5))
                        next();
                    frames++;
                    if (frame != null)
                        frame();
                }
                task.GetAwaiter().GetResult();
                return frames;
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }
}
