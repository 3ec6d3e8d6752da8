using System;
using System.Collections.Generic;
using System.Threading;
using UnityEngine;

namespace Glyxel.Unity
{
    /// <summary>
    /// What lasts from entering play mode (or the start of the game) until it is left. Then every call of the library is cancelled, and
    /// what belongs to the session is freed: nothing computes on into the editor, and nothing native outlives a reload of the domain.
    /// </summary>
    public static class PlaySession
    {
        // A call that is cancelled returns at once; the batch that it was in ends by itself within this time, or in the background.
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

        private static readonly object Gate = new object();
        private static readonly List<IDisposable> Owned = new List<IDisposable>();
        private static CancellationTokenSource source;

        /// <summary>Is cancelled when the session ends; pass it to long calls.</summary>
        public static CancellationToken Ended
        {
            get
            {
                lock (Gate)
                {
                    if (source == null)
                        source = new CancellationTokenSource();
                    return source.Token;
                }
            }
        }

        /// <summary>Gives something to the session that session stands for, which disposes of it when it ends.</summary>
        /// <param name="owned">A model, for instance; it may be disposed of earlier, too.</param>
        /// <param name="session"><see cref="Ended"/> as it was when the thing was begun.</param>
        /// <exception cref="OperationCanceledException">That session has ended; the thing was disposed of.</exception>
        public static T Own<T>(T owned, CancellationToken session) where T : IDisposable
        {
            lock (Gate)
                if (!session.IsCancellationRequested)
                {
                    Owned.Add(owned);
                    return owned;
                }
            owned.Dispose();
            throw new OperationCanceledException("play mode was left meanwhile", session);
        }

        /// <summary>Ends the session now. Unity's events call this; a second time it does nothing.</summary>
        public static void End()
        {
            CancellationTokenSource ended;
            IDisposable[] owned;
            lock (Gate)
            {
                ended = source;
                source = null;
                owned = Owned.ToArray();
                Owned.Clear();
            }
            if (ended == null)
                return;
            ended.Cancel();
            // A call that is using one ends as if it were there.
            foreach (IDisposable one in owned)
                one.Dispose();
            try
            {
                // Also the calls that the token was not passed to: a domain is not unloaded while a thread is in one.
                GlyxelLibrary.Shutdown(Patience);
            }
            catch (TimeoutException)
            {
                // It ends by itself.
            }
        }

        // Statics may be those of the last session, where the editor does not reload the domain.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Begin()
        {
            End();
            Application.quitting -= End;
            Application.quitting += End;
            AppDomain.CurrentDomain.DomainUnload -= EndWithDomain;
            AppDomain.CurrentDomain.DomainUnload += EndWithDomain;
#if UNITY_EDITOR
            UnityEditor.EditorApplication.playModeStateChanged -= EndWithPlayMode;
            UnityEditor.EditorApplication.playModeStateChanged += EndWithPlayMode;
#endif
        }

        private static void EndWithDomain(object sender, EventArgs arguments)
        {
            End();
        }

#if UNITY_EDITOR
        private static void EndWithPlayMode(UnityEditor.PlayModeStateChange change)
        {
            if (change == UnityEditor.PlayModeStateChange.ExitingPlayMode)
                End();
        }
#endif
    }
}
