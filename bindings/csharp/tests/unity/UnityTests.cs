using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Glyxel.Unity;
using UnityEditor;
using UnityEngine;
using UnityEngine.Networking;
using Unity.Collections;

namespace Glyxel.Tests
{
    /// The Unity package's code against stand-ins for Unity's API. What Unity itself does is not tested here.
    internal static class UnityTests
    {
        private const string Mean = "tests/fixtures/bert/st_mean";

        /// What Unity calls when play mode is entered.
        private static void EnterPlayMode()
        {
            typeof(PlaySession).GetMethod("Begin", BindingFlags.Static | BindingFlags.NonPublic).Invoke(null, null);
        }

        private static Texture2D Texture(TextureFormat format, byte[] pixels, bool mipChain = false)
        {
            Texture2D texture = new Texture2D(6, 4, format, mipChain) { name = "brick" };
            texture.GetRawTextureData<byte>().CopyFrom(pixels);
            return texture;
        }

        private static byte[] Pixels(int channels)
        {
            return Enumerable.Range(0, 6 * 4 * channels).Select(i => (byte)(i * 7)).ToArray();
        }

        private static float[] Vector(Image image)
        {
            return Fixtures.Clip.EmbedImages(new[] { image });
        }

        [Test]
        private static void ATextureIsThePictureOfItsPixels()
        {
            foreach (var pair in new[]
            {
                new { Unity = TextureFormat.RGBA32, Glyxel = ImageFormat.Rgba8, Channels = 4 },
                new { Unity = TextureFormat.BGRA32, Glyxel = ImageFormat.Bgra8, Channels = 4 },
                new { Unity = TextureFormat.RGB24, Glyxel = ImageFormat.Rgb8, Channels = 3 },
                new { Unity = TextureFormat.R8, Glyxel = ImageFormat.Gray8, Channels = 1 }
            })
            {
                byte[] pixels = Pixels(pair.Channels);
                float[] expected = Vector(Image.FromPixels(pixels, 6, 4, pair.Glyxel, 0, true));
                Check.SameBits(expected, Vector(Texture(pair.Unity, pixels).ToImage()));
                Check.SameBits(expected, Vector(Texture(pair.Unity, pixels, true).ToImage()));
            }
        }

        /// It is read where it lies: what changes in the texture before a call is seen by the call.
        [Test]
        private static void ATextureIsNotCopied()
        {
            Texture2D texture = Texture(TextureFormat.RGB24, Pixels(3));
            Image image = texture.ToImage();
            byte[] black = new byte[6 * 4 * 3];
            texture.GetRawTextureData<byte>().CopyFrom(black);
            Check.SameBits(Vector(Image.FromPixels(black, 6, 4, ImageFormat.Rgb8)), Vector(image));
        }

        [Test]
        private static void ANativeArrayIsThePictureOfItsBytes()
        {
            byte[] pixels = Pixels(4), file = File.ReadAllBytes("tests/fixtures/images/pictures/1.png");
            NativeArray<byte> array = new NativeArray<byte>(pixels.Length, Allocator.Persistent), encoded = new NativeArray<byte>(file.Length, Allocator.Persistent);
            array.CopyFrom(pixels);
            encoded.CopyFrom(file);
            Check.SameBits(Vector(Image.FromPixels(pixels, 6, 4, ImageFormat.Rgba8)), Vector(array.ToImage(6, 4, ImageFormat.Rgba8, false)));
            Check.SameBits(Vector(Image.FromPixels(pixels, 6, 4, ImageFormat.Rgba8, 0, true)), Vector(array.ToImage(6, 4, ImageFormat.Rgba8)));
            Check.SameBits(Vector(Image.FromEncoded(file)), Vector(encoded.ToEncodedImage()));
            Check.Throws<InvalidArgumentException>(() => Vector(array.ToImage(60, 40, ImageFormat.Rgba8)), "images[0]");
            array.Dispose();
            Check.Throws<ArgumentException>(() => array.ToImage(6, 4, ImageFormat.Rgba8), "disposed");
            Check.Throws<ArgumentException>(() => default(NativeArray<byte>).ToEncodedImage(), "never made");
        }

        [Test]
        private static void TexturesThatCannotBeRead()
        {
            Texture2D texture = Texture(TextureFormat.RGBA32, Pixels(4));
            texture.isReadable = false;
            Check.Throws<ArgumentException>(() => texture.ToImage(), "brick is not readable; tick Read/Write");
            Check.Throws<ArgumentException>(() => Texture(TextureFormat.DXT1, new byte[0]).ToImage(), "brick is in DXT1");
            Check.Throws<ArgumentException>(() => Texture(TextureFormat.ARGB32, new byte[0]).ToImage(), "RGBA32, BGRA32, RGB24 and R8");
            Check.Throws<ArgumentNullException>(() => ((Texture2D)null).ToImage(), "texture");
        }

        private static string StreamingAssets(string name)
        {
            string folder = Fixtures.Scratch("streaming");
            Fixtures.Text.Save(Path.Combine(folder, name));
            return folder;
        }

        [Test]
        private static void ABundleAmongStreamingAssets()
        {
            float[] expected = Fixtures.Text.EmbedText("a good film");
            Application.streamingAssetsPath = StreamingAssets("model.pt");
            EnterPlayMode();
            int main = Thread.CurrentThread.ManagedThreadId;
            MainThread.Run(async () =>
            {
                Model model = await StreamingModels.LoadAsync("model.pt");
                Check.Equal(main, Thread.CurrentThread.ManagedThreadId, "the thread behind an await");
                Check.SameBits(expected, await model.EmbedTextAsync("a good film"));
                Check.Equal(main, Thread.CurrentThread.ManagedThreadId, "the thread behind an await");
                await Check.ThrowsAsync<NotFoundException>(StreamingModels.LoadAsync("nothing.pt"), "nothing.pt");
                await Check.ThrowsAsync<ArgumentException>(StreamingModels.LoadAsync(""));
                PlaySession.End();
                Check.Throws<ObjectDisposedException>(() => model.EmbedText("a"));
            });
        }

        /// As on Android, where StreamingAssets is an address that only a web request reads.
        [Test]
        private static void ABundleInsideAnArchive()
        {
            float[] expected = Fixtures.Text.EmbedText("a good film");
            Application.streamingAssetsPath = "jar:file:///data/app/base.apk!" + StreamingAssets("model.pt");
            EnterPlayMode();
            MainThread.Run(async () =>
            {
                Task<Model> load = StreamingModels.LoadAsync("model.pt");
                Check.That(!load.IsCompleted, "it did not wait for the request");
                UnityWebRequest.Last.End();
                using (Model model = await load)
                    Check.SameBits(expected, model.EmbedText("a good film"));
                Check.That(UnityWebRequest.Last.Disposed, "the request is not disposed of");
                load = StreamingModels.LoadAsync("nothing.pt");
                UnityWebRequest.Last.End();
                await Check.ThrowsAsync<NotFoundException>(load, "404");
            });
            PlaySession.End();
        }

        /// Tells when a call is in the library.
        private sealed class Began : IProgress<Progress>
        {
            internal readonly ManualResetEventSlim Event = new ManualResetEventSlim();

            public void Report(Progress value)
            {
                Event.Set();
            }
        }

        /// However play mode is left: calls are cancelled, models freed, and the next session works.
        [Test]
        private static void LeavingPlayModeCancelsAndFrees()
        {
            Action[] ways =
            {
                () => EditorApplication.Change(PlayModeStateChange.ExitingPlayMode),
                Application.Quit,
                EnterPlayMode,
                () => typeof(PlaySession).GetMethod("EndWithDomain", BindingFlags.Static | BindingFlags.NonPublic).Invoke(null, new object[] { null, null })
            };
            string[] texts = Fixtures.Numbered(50000);
            foreach (Action leave in ways)
            {
                EnterPlayMode();
                CancellationToken session = PlaySession.Ended;
                Model model = PlaySession.Own(Fixtures.Load(Fixtures.MiniLm), session);
                Began first = new Began(), second = new Began();
                Task<float[]> watched = model.EmbedTextsAsync(texts, (EmbedOptions)null, first, TimeSpan.Zero, session);
                Task<float[]> unwatched = Fixtures.RealText.EmbedTextsAsync(texts, (EmbedOptions)null, second);
                EditorApplication.Change(PlayModeStateChange.EnteredPlayMode);
                first.Event.Wait();
                second.Event.Wait();
                Check.That(!watched.IsCompleted && !unwatched.IsCompleted, "the calls were over before");
                leave();
                Check.ThrowsAsync<OperationCanceledException>(watched).Wait();
                Check.ThrowsAsync<OperationCanceledException>(unwatched).Wait();
                Check.Throws<ObjectDisposedException>(() => model.EmbedText("a"));
                Check.That(session.IsCancellationRequested && !PlaySession.Ended.IsCancellationRequested, "the next session's token");
                Check.Equal(384, Fixtures.RealText.EmbedText("the next session").Length);
                PlaySession.End();
            }
        }

        /// A domain of its own, as play mode has one: a model, a call that is running, and objects that nobody disposed of.
        private static void Play()
        {
            EnterPlayMode();
            Model model = PlaySession.Own(Fixtures.Load(Fixtures.MiniLm), PlaySession.Ended);
            Began began = new Began();
            model.EmbedTextsAsync(Fixtures.Numbered(50000), (EmbedOptions)null, began);
            new Control();
            Fixtures.Load(Mean);
            began.Event.Wait();
        }

        /// As the editor reloads the domain: it is gone, with its finalizers, and the library goes on in this one.
        [Test]
        private static void ADomainIsUnloadedInTheMiddleOfACall()
        {
            for (int i = 0; i < 3; i++)
            {
                AppDomain domain = AppDomain.CreateDomain("play");
                domain.DoCallBack(Play);
                AppDomain.Unload(domain);
                Check.Equal(384, Fixtures.RealText.EmbedText("the next session").Length);
            }
        }

        [Test]
        private static void WhatIsLoadedTooLateIsFreed()
        {
            EnterPlayMode();
            CancellationToken session = PlaySession.Ended;
            Model model = Fixtures.Load(Mean);
            PlaySession.End();
            PlaySession.End();
            Check.Throws<OperationCanceledException>(() => PlaySession.Own(model, session), "play mode");
            Check.Throws<ObjectDisposedException>(() => model.EmbedText("a"));
        }

        /// After the end nothing of the session is left in statics: no model, no token.
        [Test]
        private static void NoStaticKeepsAnything()
        {
            PlaySession.Own(Fixtures.Load(Mean), PlaySession.Ended);
            PlaySession.End();
            foreach (Type type in typeof(PlaySession).Assembly.GetTypes().Concat(typeof(Model).Assembly.GetTypes()))
                foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    if (field.IsLiteral)
                        continue;
                    object value = field.GetValue(null);
                    bool empty = value == null || value is ValueType || value is System.Text.Encoding || value.GetType() == typeof(object)
                        || value is System.Collections.ICollection && ((System.Collections.ICollection)value).Count == 0 || value is Delegate && ((Delegate)value).Target == null;
                    Check.That(empty, type + "." + field.Name + " keeps " + value);
                }
        }

        private static void Call(object target, string method, params object[] arguments)
        {
            target.GetType().GetMethod(method, BindingFlags.Instance | BindingFlags.NonPublic).Invoke(target, arguments);
        }

        /// The sample, whole: three objects, their pictures by the camera, a phrase. The fixture's weights are random, so what it should
        /// find is asked of the library itself.
        [Test]
        private static void TheSampleFindsAnObject()
        {
            string folder = Fixtures.Scratch("sample");
            Fixtures.Clip.Save(Path.Combine(folder, "clip.pt"));
            Application.streamingAssetsPath = folder;
            EnterPlayMode();
            const int Side = 224;
            byte[][] sights = Enumerable.Range(1, 3).Select(n => Enumerable.Range(0, Side * Side * 4).Select(i => (byte)(i * n % (40 * n))).ToArray()).ToArray();
            GameObject[] objects = Enumerable.Range(0, 3).Select(i => new GameObject
            {
                name = "object " + i,
                transform = new Transform { name = i.ToString() },
                Renderer = new Renderer()
            }).ToArray();
            FindObject sample = new FindObject
            {
                bundle = "clip.pt",
                objects = objects,
                portraitist = new Camera { transform = new Transform(), Sight = seen => sights[int.Parse(seen.name)] }
            };
            int frames = 0;
            Call(sample, "OnGUI");
            Check.Equal("loading …", GUILayout.Shown);
            MainThread.Run(async () =>
            {
                Call(sample, "Start");
                while (GUILayout.Shown == "loading …")
                {
                    Call(sample, "OnGUI");
                    await Task.Delay(1);
                    frames++;
                }
                Check.Equal("ready", GUILayout.Shown, "what is shown, after " + UnityEngine.Debug.Last);
                GameObject found = await sample.Find("a red chair");

                EmbedOptions unit = new EmbedOptions { Normalize = true };
                float[] vectors = Fixtures.Clip.EmbedImages(sights.Select(sight => Image.FromPixels(sight, Side, Side, ImageFormat.Rgba8, 0, true)).ToArray(), unit);
                float[] wanted = Fixtures.Clip.EmbedText("a photo of a red chair", unit);
                Check.Equal(objects[Similarity.TopK(wanted, vectors, wanted.Length, 1)[0][0].Index].name, found.name);

                GUILayout.Typed = "a red chair";
                GUILayout.Pressed = true;
                Call(sample, "OnGUI");
                GUILayout.Pressed = false;
                while (GUILayout.Shown != found.name)
                {
                    await Task.Delay(1);
                    Call(sample, "OnGUI");
                }
            });
            Check.That(frames > 0, "the main thread stood still while the model was loaded");
            PlaySession.End();
        }

        [Test]
        private static void ABuildGetsTheLibrariesWithVersions()
        {
            string plugins = Fixtures.Scratch("package/Plugins/Linux/x86_64"), built = Fixtures.Scratch("build/Game_Data/Plugins");
            foreach (string name in new[] { "libglyxel.so", "libgomp.so.1", "libcudart.so.13", "libgomp.so.1.meta" })
                File.WriteAllText(Path.Combine(plugins, name), name);
            File.WriteAllText(Path.Combine(built, "libglyxel.so"), "");
            UnityEditor.PackageManager.PackageInfo.Path = Path.GetFullPath(Path.Combine(plugins, "../../.."));
            UnityEditor.Build.Reporting.BuildReport report = new UnityEditor.Build.Reporting.BuildReport();
            report.summary = new UnityEditor.Build.Reporting.BuildSummary
            {
                platform = BuildTarget.StandaloneWindows64,
                outputPath = Path.Combine(built, "../../Game.exe")
            };
            new CopyVersionedLibraries().OnPostprocessBuild(report);
            Check.Equal(1, Directory.GetFiles(built).Length, "files after a build for Windows");
            report.summary = new UnityEditor.Build.Reporting.BuildSummary
            {
                platform = BuildTarget.StandaloneLinux64,
                outputPath = Path.Combine(built, "../../Game.x86_64")
            };
            new CopyVersionedLibraries().OnPostprocessBuild(report);
            Check.Equal("libcudart.so.13 libglyxel.so libgomp.so.1",
                string.Join(" ", Directory.GetFiles(built).Select(Path.GetFileName).OrderBy(name => name, StringComparer.Ordinal)));
        }
    }
}
