using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Glyxel.Tests
{
    /// What the wrapper must keep to, so that it works with netstandard2.0 and under IL2CPP.
    internal static class RuleTests
    {
        private static readonly Assembly Wrapper = typeof(Model).Assembly;
        private const BindingFlags All =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        /// Numbers, pointers and structs of these pass as they are; all else would need a marshaller, which IL2CPP generates in part only.
        private static bool IsBlittable(Type type)
        {
            if (type == typeof(void) || type.IsPointer || type == typeof(IntPtr) || type == typeof(UIntPtr))
                return true;
            if (type.IsPrimitive)
                return type != typeof(bool) && type != typeof(char);
            return type.IsValueType && !type.IsEnum && !type.IsGenericType && type.IsLayoutSequential
                && type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).All(f => IsBlittable(f.FieldType));
        }

        [Test]
        private static void EveryImportIsBlittable()
        {
            int imports = 0;
            foreach (MethodInfo method in Wrapper.GetTypes().SelectMany(type => type.GetMethods(All)))
            {
                if ((method.Attributes & MethodAttributes.PinvokeImpl) == 0)
                    continue;
                imports++;
                Check.That(IsBlittable(method.ReturnType), method.Name + " returns " + method.ReturnType);
                foreach (ParameterInfo parameter in method.GetParameters())
                    Check.That(IsBlittable(parameter.ParameterType), method.Name + ": " + parameter);
            }
            Check.Equal(Header.Read.Functions.Count, imports, "the number of imports");
        }

        [Test]
        private static void TheRuleForBlittableTypesKnowsTheOthers()
        {
            foreach (Type type in new[] { typeof(string), typeof(bool), typeof(char), typeof(Action), typeof(object), typeof(byte[]), typeof(Status),
                typeof(Prediction), typeof(KeyValuePair<int, int>) })
                Check.That(!IsBlittable(type), type + " passes for blittable");
        }

        /// No delegate is made for native code, nor is there a type of one: IL2CPP can only be called back in static methods with an attribute. And
        /// nothing is looked up by reflection, which its stripping would break.
        [Test]
        private static void NoDelegateGoesToNativeCode()
        {
            foreach (Type type in Wrapper.GetTypes())
                Check.That(!typeof(Delegate).IsAssignableFrom(type), type + " is a delegate");
            foreach (string name in Il.ForeignNames(Wrapper))
                Check.That(!Regex.IsMatch(name, @"FunctionPointer|MonoPInvokeCallback|^System\.Reflection\.|^System\.Activator|DynamicInvoke"), name + " is used");
        }

        /// The list was compared with netstandard2.0's documentation by hand. What is new here must be looked up and added there.
        [Test]
        private static void NothingBeyondNetStandardIsUsed()
        {
            string[] known = File.ReadAllLines("bindings/csharp/tests/netstandard2.0.txt").Where(line => line.Length > 0 && line[0] != '#').ToArray();
            SortedSet<string> used = Il.ForeignNames(Wrapper);
            Check.Equal("", string.Join("\n", used.Except(known)), "what is used and not in the list");
            Check.Equal("", string.Join("\n", known.Except(used)), "what is in the list and not used");
        }

        [Test]
        private static void TheSourceIsPlain()
        {
            foreach (string path in Directory.GetFiles("bindings/csharp/src", "*.cs", SearchOption.AllDirectories))
            {
                string code = Regex.Replace(File.ReadAllText(path), "//.*", "");
                foreach (string word in new[] { "Span<", "Memory<", "stackalloc", "MarshalAs", "UnmanagedFunctionPointer", "dynamic", "delegate", "ref return" })
                    Check.That(!Regex.IsMatch(code, @"\b" + Regex.Escape(word)), path + " uses " + word);
            }
        }

        /// One version everywhere.
        [Test]
        private static void TheVersionIsTheLibrarys()
        {
            string version = Regex.Match(File.ReadAllText("Cargo.toml"), "^version = \"(.*)\"", RegexOptions.Multiline).Groups[1].Value;
            Check.Equal(version, GlyxelLibrary.Version, "the library's version");
            Check.Equal(version + ".0", Wrapper.GetName().Version.ToString(), "the assembly's version");
            Check.That(File.ReadAllText("bindings/csharp/Glyxel.csproj").Contains("<Version>" + version + "</Version>"), "the project's version");
            Check.That(File.ReadAllText("bindings/csharp/unity/package.json").Contains("\"version\": \"" + version + "\""), "the Unity package's version");
            Check.Equal(1, GlyxelLibrary.AbiVersion, "the interface's version");
        }

        /// Only what is meant for callers is public.
        [Test]
        private static void ThePublicTypesAreTheseAlone()
        {
            Check.Equal("Activation BadModelException Centroids Codes Control DeviceException EmbedOptions FileAccessException GlyxelException "
                + "GlyxelLibrary Image ImageFormat InternalException InvalidArgumentException InvalidHandleException LabelMatch LoadOptions LogLevel "
                + "Metric Model Neighbor NetworkException NotEnoughMemoryException NotFoundException Prediction Progress Quantization "
                + "SimilarPair Similarity Stage Status TaskOptions TextRole Token TokenOptions TokenVectors UnsupportedException",
                string.Join(" ", Wrapper.GetExportedTypes().Select(type => type.Name).OrderBy(name => name, StringComparer.Ordinal)));
        }
    }
}
