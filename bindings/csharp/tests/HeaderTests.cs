using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Glyxel.Tests
{
    /// The P/Invoke layer says what include/glyxel.h says.
    internal static class HeaderTests
    {
        private static readonly Assembly Wrapper = typeof(Model).Assembly;

        private static IEnumerable<MethodInfo> Imports()
        {
            return Wrapper.GetType("Glyxel.Functions").GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
                .Where(method => method.GetCustomAttribute<DllImportAttribute>() != null);
        }

        [Test]
        private static void TheHeaderIsUnderstood()
        {
            Check.That(Header.Read.Functions.Count >= 54, Header.Read.Functions.Count + " functions");
            Check.That(Header.Read.Constants.Count >= 33, Header.Read.Constants.Count + " constants");
            // Every name that the library exports is a function here.
            string[] exported = Regex.Matches(File.ReadAllText("include/glyxel.map"), @"^\s*(glyxel_\w+);", RegexOptions.Multiline)
                .Cast<Match>().Select(match => match.Groups[1].Value).OrderBy(n => n, StringComparer.Ordinal).ToArray();
            string[] declared = Header.Read.Functions.Select(f => f.Name).OrderBy(n => n, StringComparer.Ordinal).ToArray();
            Check.Equal(string.Join(" ", exported), string.Join(" ", declared), "the list of functions");
        }

        [Test]
        private static void EveryFunctionIsImportedWithTheHeadersTypes()
        {
            Dictionary<string, MethodInfo> imports = Imports().ToDictionary(method => method.Name);
            foreach (Header.Function function in Header.Read.Functions)
            {
                MethodInfo import;
                Check.That(imports.TryGetValue(function.Name, out import), function.Name + " is not imported");
                imports.Remove(function.Name);
                Check.Equal(Managed(function.Result), import.ReturnType, "the result of " + function.Name);
                ParameterInfo[] parameters = import.GetParameters();
                Check.Equal(
                    string.Join(", ", function.Parameters.Select(p => Managed(p.Key).Name + " " + p.Value)),
                    string.Join(", ", parameters.Select(p => p.ParameterType.Name + " " + p.Name)), "the parameters of " + function.Name);
            }
            Check.Equal("", string.Join(" ", imports.Keys), "what the header does not have");
        }

        [Test]
        private static void EveryImportIsPlain()
        {
            foreach (MethodInfo import in Imports())
            {
                DllImportAttribute attribute = import.GetCustomAttribute<DllImportAttribute>();
                Check.Equal("glyxel", attribute.Value, import.Name);
                Check.Equal(CallingConvention.Cdecl, attribute.CallingConvention, import.Name);
                Check.Equal(import.Name, attribute.EntryPoint ?? import.Name, import.Name);
                Check.That(!attribute.SetLastError, import.Name);
            }
        }

        /// What C# calls a type of the header: opaque handles are keys, and so are pointers to functions and to void.
        private static Type Managed(string type)
        {
            string bare = Regex.Replace(type.Replace("const ", ""), @"\s", "");
            string named = bare.TrimEnd('*');
            int stars = bare.Length - named.Length;
            Type managed;
            if (Header.Read.Opaque.Contains(named) || named == "void" && stars > 0)
            {
                managed = typeof(IntPtr);
                stars--;
            }
            else if (Header.Read.Structs.ContainsKey(named))
                managed = Wrapper.GetType("Glyxel." + named, true);
            else
                managed = Scalars[named];
            for (; stars > 0; stars--)
                managed = managed.MakePointerType();
            return managed;
        }

        private static readonly Dictionary<string, Type> Scalars = new Dictionary<string, Type>
        {
            { "void", typeof(void) },
            { "char", typeof(byte) },
            { "float", typeof(float) },
            { "uint8_t", typeof(byte) },
            { "int32_t", typeof(int) },
            { "uint32_t", typeof(uint) },
            { "int64_t", typeof(long) },
            { "uint64_t", typeof(ulong) },
            { "size_t", typeof(UIntPtr) },
            { "glyxel_status", typeof(int) },
            { "glyxel_log_callback", typeof(IntPtr) }
        };

        /// A C program, made from the header's structs, prints their sizes and offsets.
        [Test]
        private static void EveryStructIsLaidOutAsTheCompilerDoesIt()
        {
            StringBuilder program = new StringBuilder("#include <stdio.h>\n#include \"glyxel.h\"\nint main(void) {\n");
            StringBuilder ours = new StringBuilder();
            foreach (string name in Header.Read.Structs.Keys)
            {
                Type managed = Wrapper.GetType("Glyxel." + name, true);
                program.AppendFormat("  printf(\"{0} %zu\\n\", sizeof({0}));\n", name);
                ours.AppendFormat("{0} {1}\n", name, Marshal.SizeOf(managed));
                FieldInfo[] fields = managed.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
                Check.Equal(string.Join(" ", Header.Read.Structs[name].Select(f => f.Value)), string.Join(" ", fields.Select(f => f.Name)), name);
                foreach (KeyValuePair<string, string> field in Header.Read.Structs[name])
                {
                    program.AppendFormat("  printf(\"{0}.{1} %zu\\n\", offsetof({0}, {1}));\n", name, field.Value);
                    ours.AppendFormat("{0}.{1} {2}\n", name, field.Value, Marshal.OffsetOf(managed, field.Value));
                    Check.Equal(Managed(field.Key), managed.GetField(field.Value).FieldType, name + "." + field.Value);
                }
            }
            program.Append("  return 0;\n}\n");
            string source = Path.Combine(Fixtures.Scratch("layout"), "layout.c"), built = source.Replace(".c", "");
            File.WriteAllText(source, program.ToString());
            Fixtures.Output(Environment.GetEnvironmentVariable("CC") ?? "cc", "-std=c99 -Wall -Werror -Iinclude " + source + " -o " + built);
            Check.Equal(Fixtures.Output(built, ""), ours.ToString(), "the layout");
        }

        /// Every constant is a member of the enum that stands for its group, and every member a constant.
        [Test]
        private static void EveryConstantIsInAnEnum()
        {
            // Groups have a prefix in the header, or no name at all.
            KeyValuePair<string, Type>[] prefixed =
            {
                new KeyValuePair<string, Type>("GLYXEL_LOG_", typeof(LogLevel)),
                new KeyValuePair<string, Type>("GLYXEL_STAGE_", typeof(Stage))
            };
            Type[] bare = { typeof(Status), typeof(ImageFormat), typeof(Metric), typeof(Codes), typeof(TextRole) };
            HashSet<string> members = new HashSet<string>(
                prefixed.Select(p => p.Value).Concat(bare).SelectMany(type => Enum.GetNames(type).Select(name => type.Name + "." + name)));
            foreach (KeyValuePair<string, long> constant in Header.Read.Constants)
            {
                KeyValuePair<string, Type> group = prefixed.FirstOrDefault(p => constant.Key.StartsWith(p.Key));
                string rest = constant.Key.Substring((group.Key ?? "GLYXEL_").Length).Replace("_", "");
                Type[] candidates = group.Value == null ? bare : new[] { group.Value };
                string member = candidates.SelectMany(type => Enum.GetNames(type).Select(name => type.Name + "." + name))
                    .SingleOrDefault(name => name.Substring(name.IndexOf('.') + 1).Equals(rest, StringComparison.OrdinalIgnoreCase));
                Check.That(member != null, constant.Key + " is in no enum");
                string[] parts = member.Split('.');
                Type holder = candidates.Single(type => type.Name == parts[0]);
                Check.Equal(constant.Value, Convert.ToInt64(Enum.Parse(holder, parts[1])), constant.Key);
                members.Remove(member);
            }
            Check.Equal("", string.Join(" ", members), "members without a constant");
        }

        /// Activations have no constants in the header: a comment there says what the numbers mean.
        [Test]
        private static void TheActivationsAreThoseOfTheHeadersComment()
        {
            string comment = Regex.Match(File.ReadAllText("include/glyxel.h"), @"What makes scores[^/]*\*/\s*int32_t activation").Value;
            Check.That(comment.Contains("0 what the model says, 1 nothing, 2 softmax, 3 sigmoid"), "the comment changed: " + comment);
            Check.Equal("Default 0, None 1, Softmax 2, Sigmoid 3",
                string.Join(", ", Enum.GetValues(typeof(Activation)).Cast<Activation>().Select(a => a + " " + (int)a)));
        }
    }
}
