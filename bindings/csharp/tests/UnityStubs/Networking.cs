using System;
using System.IO;

namespace UnityEngine.Networking
{
    public class DownloadHandler
    {
        public byte[] data { get; set; }
    }

    public class UnityWebRequestAsyncOperation : AsyncOperation { }

    /// Reads the part of an address behind "!" as a file, as Android's archive is one; it ends when the test says so.
    public class UnityWebRequest : IDisposable
    {
        public enum Result
        {
            InProgress,
            Success,
            ConnectionError
        }

        private readonly UnityWebRequestAsyncOperation operation = new UnityWebRequestAsyncOperation();
        private string address;

        public static UnityWebRequest Last { get; private set; }
        public Result result { get; private set; }
        public string error { get; private set; }
        public DownloadHandler downloadHandler { get; private set; }
        public bool Disposed { get; private set; }

        public static UnityWebRequest Get(string address)
        {
            return Last = new UnityWebRequest { address = address };
        }

        public UnityWebRequestAsyncOperation SendWebRequest()
        {
            return operation;
        }

        public void End()
        {
            string path = address.Substring(address.IndexOf('!') + 1);
            result = File.Exists(path) ? Result.Success : Result.ConnectionError;
            if (result == Result.Success)
                downloadHandler = new DownloadHandler { data = File.ReadAllBytes(path) };
            else
                error = "404";
            operation.Complete();
        }

        public void Dispose()
        {
            Disposed = true;
        }
    }
}
