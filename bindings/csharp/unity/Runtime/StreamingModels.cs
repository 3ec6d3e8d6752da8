using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.Networking;

namespace Glyxel.Unity
{
    /// <summary>Models that ship with a game: bundles in Assets/StreamingAssets.</summary>
    public static class StreamingModels
    {
        /// <summary>
        /// Loads a bundle from StreamingAssets, on other threads; call it on the main thread. The model belongs to the
        /// <see cref="PlaySession"/>, which disposes of it when play mode is left.
        /// </summary>
        /// <param name="name">The file's path in StreamingAssets, such as "clip.pt".</param>
        /// <param name="options">The settings; null: the defaults.</param>
        /// <param name="progress">Is told how far it is.</param>
        /// <param name="cancellationToken">Cancels the call, besides the end of the session.</param>
        /// <exception cref="NotFoundException">There is no such file.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled, or play mode was left.</exception>
        public static async Task<Model> LoadAsync(string name, LoadOptions options = null, IProgress<Progress> progress = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (string.IsNullOrEmpty(name))
                throw new ArgumentException("name the bundle: its path in StreamingAssets", "name");
            CancellationToken session = PlaySession.Ended;
            string path = Application.streamingAssetsPath + "/" + name;
            using (CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(session, cancellationToken))
            {
                Model model;
                // Where they are files (desktop, iOS), they are read as such; on Android they lie in the app's archive, behind an address.
                if (path.IndexOf("://", StringComparison.Ordinal) < 0)
                    model = await Model.LoadAsync("file:" + path, options, progress, TimeSpan.Zero, either.Token).ConfigureAwait(false);
                else
                    model = await Model.LoadMemoryAsync(await Read(path), options, progress, TimeSpan.Zero, either.Token).ConfigureAwait(false);
                return PlaySession.Own(model, session);
            }
        }

        private static Task<byte[]> Read(string address)
        {
            TaskCompletionSource<byte[]> read = new TaskCompletionSource<byte[]>();
            UnityWebRequest request = UnityWebRequest.Get(address);
            request.SendWebRequest().completed += operation =>
            {
                using (request)
                    if (request.result == UnityWebRequest.Result.Success)
                        read.SetResult(request.downloadHandler.data);
                    else
                        read.SetException(new NotFoundException(address + " cannot be read from StreamingAssets: " + request.error));
            };
            return read.Task;
        }
    }
}
