using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Glyxel.Tests
{
    /// The Unity package's folder: every asset has its .meta, with an id that never changes.
    internal static class UnityPackageTests
    {
        private const string Package = "bindings/csharp/unity";

        /// What Unity makes assets of: it passes over folders that end in ~, but what it copies from Samples~ becomes an asset. Linked
        /// sources get theirs when the package is packed.
        private static IEnumerable<string> Assets(string folder)
        {
            foreach (string file in Directory.GetFiles(folder).Where(file => !file.EndsWith(".meta")))
                yield return file;
            foreach (string inner in Directory.GetDirectories(folder))
            {
                if (!inner.EndsWith("~"))
                    yield return inner;
                if (inner.EndsWith("/Core"))
                    continue;
                foreach (string asset in Assets(inner))
                    yield return asset;
            }
        }

        private static string[] Metas()
        {
            return Directory.GetFiles(Package, "*.meta", SearchOption.AllDirectories).Where(meta => !meta.Contains("/Core/")).ToArray();
        }

        [Test]
        private static void EveryAssetHasItsMeta()
        {
            int assets = 0;
            foreach (string asset in Assets(Package))
            {
                Check.That(File.Exists(asset + ".meta"), asset + " has no .meta; its id is " + Id(asset));
                string meta = File.ReadAllText(asset + ".meta");
                Check.That(meta.StartsWith("fileFormatVersion: 2\nguid: " + Id(asset) + "\n"), asset + ".meta should have the id " + Id(asset));
                string importer = Directory.Exists(asset) ? "DefaultImporter" : asset.EndsWith(".cs") ? "MonoImporter"
                    : asset.EndsWith(".asmdef") ? "AssemblyDefinitionImporter" : asset.EndsWith(".md") ? "TextScriptImporter"
                    : asset.EndsWith("package.json") ? "PackageManifestImporter" : "?";
                Check.That(meta.Contains("\n" + importer + ":\n"), asset + ".meta should name " + importer);
                Check.Equal(Directory.Exists(asset), meta.Contains("\nfolderAsset: yes\n"), asset + " being a folder");
                assets++;
            }
            Check.That(assets >= 15, assets + " assets");
        }

        /// An id is made of the path, so that each release has the same.
        private static string Id(string asset)
        {
            string name = "com.glyxel package" + asset.Substring(Package.Length).Replace(".meta", "");
            using (MD5 md5 = MD5.Create())
                return string.Concat(md5.ComputeHash(Encoding.UTF8.GetBytes(name)).Select(b => b.ToString("x2")));
        }

        [Test]
        private static void IdsAreUnique()
        {
            string[] ids = Metas().Select(meta => Regex.Match(File.ReadAllText(meta), @"^guid: ([0-9a-f]{32})$", RegexOptions.Multiline).Groups[1].Value).ToArray();
            Check.That(ids.All(id => id.Length == 32) && ids.Distinct().Count() == ids.Length, "ids that are none, or twice");
        }

        /// Native libraries are for the editor and for players on 64-bit Linux, and for nothing else.
        [Test]
        private static void PluginsAreForLinuxAlone()
        {
            string[] plugins = Metas().Where(meta => meta.EndsWith(".so.meta")).ToArray();
            Check.That(plugins.Any(meta => meta.EndsWith("/libglyxel.so.meta")), "libglyxel.so.meta is gone");
            foreach (string path in plugins)
            {
                string meta = File.ReadAllText(path);
                Check.That(Regex.IsMatch(meta, @"\n  - first:\n      Any: \n    second:\n      enabled: 0\n"), path + ": any platform");
                Check.That(Regex.IsMatch(meta, @"\n  - first:\n      Editor: Editor\n    second:\n      enabled: 1\n      settings:\n        CPU: x86_64\n        OS: Linux\n"), path + ": editor");
                Check.That(Regex.IsMatch(meta, @"\n  - first:\n      Standalone: Linux64\n    second:\n      enabled: 1\n      settings:\n        CPU: x86_64\n"), path + ": player");
                Check.Equal(2, Regex.Matches(meta, "enabled: 1").Count, path);
                Check.That(meta.Contains("  isPreloaded: 0\n"), path + ": preloaded");
            }
        }

        /// The example in the package's README compiles.
        [Test]
        private static void TheReadmesExampleCompiles()
        {
            Match block = Regex.Match(File.ReadAllText(Package + "/README.md"), "```csharp\n(.*?)```", RegexOptions.Singleline);
            string source = Path.Combine(Fixtures.Scratch("readme"), "Describe.cs");
            File.WriteAllText(source, block.Groups[1].Value);
            Check.That(block.Value.Contains("ZeroShotImagesAsync"), "the example is gone");
            Fixtures.Output("mcs", "-langversion:6 -warn:4 -warnaserror -nowarn:649 -target:library -lib:target/mono -r:Glyxel.dll -r:GlyxelUnity.dll -r:UnityStubs.dll -out:"
                + source.Replace(".cs", ".dll") + " " + source);
        }

        [Test]
        private static void TheManifestIsWhole()
        {
            Dictionary<string, object> manifest = Json.ReadObject(Package + "/package.json");
            Check.Equal("com.glyxel.unity", (string)manifest["name"]);
            Check.Equal("2021.3", (string)manifest["unity"]);
            foreach (Dictionary<string, object> sample in (List<object>)manifest["samples"])
                Check.That(Directory.Exists(Path.Combine(Package, (string)sample["path"])), "the sample " + sample["path"]);
            foreach (string path in new[] { "Runtime/Glyxel.asmdef", "Editor/Glyxel.Editor.asmdef" })
            {
                Dictionary<string, object> assembly = Json.ReadObject(Path.Combine(Package, path));
                Check.Equal(Path.GetFileNameWithoutExtension(path), (string)assembly["name"]);
            }
            Check.Equal(true, (bool)Json.ReadObject(Package + "/Runtime/Glyxel.asmdef")["allowUnsafeCode"]);
            Check.That(File.Exists(Package + "/Runtime/Core/Model.cs"), "the link to the sources is broken");
        }
    }
}
