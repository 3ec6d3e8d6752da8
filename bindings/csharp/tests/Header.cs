using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Glyxel.Tests
{
    /// include/glyxel.h, as far as the tests need to know it.
    internal sealed class Header
    {
        internal sealed class Function
        {
            internal string Result;
            internal string Name;
            internal List<KeyValuePair<string, string>> Parameters; // type and name
        }

        internal readonly Dictionary<string, long> Constants = new Dictionary<string, long>();
        /// Names of fields, in order.
        internal readonly Dictionary<string, List<KeyValuePair<string, string>>> Structs = new Dictionary<string, List<KeyValuePair<string, string>>>();
        internal readonly List<Function> Functions = new List<Function>();
        internal readonly HashSet<string> Opaque = new HashSet<string>();

        internal static readonly Header Read = new Header(File.ReadAllText("include/glyxel.h"));

        private Header(string text)
        {
            text = Regex.Replace(text, @"/\*.*?\*/", " ", RegexOptions.Singleline);
            text = Regex.Replace(text, @"static inline.*?\n}", " ", RegexOptions.Singleline);
            foreach (Match match in Regex.Matches(text, @"^#define (GLYXEL_\w+)[ \t]+(-?\d+)", RegexOptions.Multiline))
                Constants.Add(match.Groups[1].Value, long.Parse(match.Groups[2].Value));
            text = Regex.Replace(text, @"^\s*#.*$|//.*$|extern ""C"" \{", "", RegexOptions.Multiline);
            foreach (Match match in Regex.Matches(text, @"typedef struct (\w+) \{(.*?)\} \1;", RegexOptions.Singleline))
                Structs.Add(match.Groups[1].Value, match.Groups[2].Value.Split(';').Where(IsCode).Select(TypeAndName).ToList());
            foreach (Match match in Regex.Matches(text, @"typedef struct (\w+) \1;"))
                Opaque.Add(match.Groups[1].Value);
            text = Regex.Replace(text, @"typedef struct \w+ \{.*?\} \w+;|typedef[^;{]*;", "", RegexOptions.Singleline);
            foreach (Match match in Regex.Matches(text, @"([\w\s*]+?)\b(glyxel_\w+)\s*\(([^()]*)\)\s*;"))
                Functions.Add(new Function
                {
                    Result = Spaced(match.Groups[1].Value),
                    Name = match.Groups[2].Value,
                    Parameters = match.Groups[3].Value.Split(',').Where(p => IsCode(p) && Spaced(p) != "void").Select(TypeAndName).ToList()
                });
        }

        private static bool IsCode(string text)
        {
            return text.Trim().Length > 0;
        }

        private static string Spaced(string text)
        {
            return Regex.Replace(text, @"\s+", " ").Trim();
        }

        private static KeyValuePair<string, string> TypeAndName(string declaration)
        {
            Match match = Regex.Match(Spaced(declaration), @"^(.*?)\s*(\w+)$");
            return new KeyValuePair<string, string>(match.Groups[1].Value, match.Groups[2].Value);
        }
    }
}
