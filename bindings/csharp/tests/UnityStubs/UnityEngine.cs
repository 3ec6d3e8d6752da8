// As much of Unity's API as the package names, so that it compiles and partly runs without Unity. Only for tests.
using System;
using System.Runtime.InteropServices;
using Unity.Collections;

namespace UnityEngine
{
    public class Object
    {
        public string name = "";

        public static void Destroy(Object what)
        {
            what.OnDestroyed();
        }

        public virtual void OnDestroyed() { }
    }

    public class Component : Object
    {
        public Transform transform { get; set; }
    }

    public class MonoBehaviour : Component { }

    public class Transform : Component
    {
        public Vector3 position { get; set; }
        public Transform LookedAt { get; private set; }

        public void LookAt(Transform target)
        {
            LookedAt = target;
        }
    }

    public class GameObject : Object
    {
        public Transform transform { get; set; }
        public Renderer Renderer { get; set; }

        public T GetComponentInChildren<T>() where T : class
        {
            return Renderer as T;
        }
    }

    public class Renderer : Component
    {
        public Bounds bounds { get; set; }
    }

    public struct Bounds
    {
        public Vector3 center { get; set; }
        public Vector3 size { get; set; }
    }

    public struct Vector3
    {
        public float x, y, z;

        public Vector3(float x, float y, float z)
        {
            this.x = x;
            this.y = y;
            this.z = z;
        }

        public static Vector3 forward
        {
            get { return new Vector3(0, 0, 1); }
        }

        public float magnitude
        {
            get { return (float)Math.Sqrt(x * x + y * y + z * z); }
        }

        public static Vector3 operator *(float factor, Vector3 v)
        {
            return new Vector3(factor * v.x, factor * v.y, factor * v.z);
        }

        public static Vector3 operator -(Vector3 a, Vector3 b)
        {
            return new Vector3(a.x - b.x, a.y - b.y, a.z - b.z);
        }
    }

    public struct Rect
    {
        public readonly float width, height;

        public Rect(float x, float y, float width, float height)
        {
            this.width = width;
            this.height = height;
        }
    }

    public class RenderTexture : Object
    {
        public static RenderTexture active { get; set; }
        /// What a camera saw: RGBA, bottom row first.
        public byte[] Pixels;

        public static RenderTexture GetTemporary(int width, int height, int depth)
        {
            return new RenderTexture();
        }

        public static void ReleaseTemporary(RenderTexture texture) { }
    }

    public class Camera : Component
    {
        public RenderTexture targetTexture { get; set; }
        /// What the camera sees of what it looks at: a test says it.
        public Func<Transform, byte[]> Sight;

        public void Render()
        {
            targetTexture.Pixels = Sight(transform.LookedAt);
        }
    }

    public enum TextureFormat
    {
        RGB24 = 3,
        RGBA32 = 4,
        ARGB32 = 5,
        DXT1 = 10,
        BGRA32 = 14,
        R8 = 63
    }

    /// Its pixels are in native memory, as Unity's are.
    public class Texture2D : Object
    {
        private NativeArray<byte> pixels;

        public Texture2D(int width, int height, TextureFormat format, bool mipChain)
        {
            this.width = width;
            this.height = height;
            this.format = format;
            isReadable = true;
            int bytes = width * height * (format == TextureFormat.R8 ? 1 : format == TextureFormat.RGB24 ? 3 : 4);
            pixels = new NativeArray<byte>(mipChain ? bytes + bytes / 3 : bytes, Allocator.Persistent);
        }

        public int width { get; private set; }
        public int height { get; private set; }
        public TextureFormat format { get; private set; }
        public bool isReadable { get; set; }
        public static int Alive { get; set; }

        public NativeArray<T> GetRawTextureData<T>() where T : struct
        {
            return (NativeArray<T>)(object)pixels;
        }

        public void ReadPixels(Rect source, int x, int y)
        {
            pixels.CopyFrom(RenderTexture.active.Pixels);
        }

        public override void OnDestroyed()
        {
            // Whoever still reads the pixels would see it.
            pixels.CopyFrom(new byte[pixels.Length]);
            pixels.Dispose();
        }
    }

    public class AsyncOperation
    {
        public event Action<AsyncOperation> completed;

        public void Complete()
        {
            completed(this);
        }
    }

    public static class Application
    {
        public static event Action quitting;
        public static string streamingAssetsPath { get; set; }

        public static void Quit()
        {
            if (quitting != null)
                quitting();
        }
    }

    public static class Debug
    {
        public static Exception Last;

        public static void Log(object message) { }

        public static void LogException(Exception exception)
        {
            Last = exception;
        }
    }

    public static class GUILayout
    {
        public static string Typed = "";
        public static bool Pressed;
        public static string Shown;

        public static string TextField(string text)
        {
            return Typed;
        }

        public static bool Button(string text)
        {
            return Pressed;
        }

        public static void Label(string text)
        {
            Shown = text;
        }
    }

    public enum RuntimeInitializeLoadType
    {
        AfterSceneLoad,
        SubsystemRegistration = 4
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class RuntimeInitializeOnLoadMethodAttribute : Attribute
    {
        public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType) { }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class TooltipAttribute : Attribute
    {
        public TooltipAttribute(string tooltip) { }
    }
}
