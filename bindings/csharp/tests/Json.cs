using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Glyxel.Tests
{
    /// Reads JSON: objects as dictionaries, arrays as lists, numbers as doubles.
    internal sealed class Json
    {
        private readonly string text;
        private int at;

        private Json(string text)
        {
            this.text = text;
        }

        internal static object Parse(string text)
        {
            return new Json(text).Value();
        }

        internal static Dictionary<string, object> ReadObject(string path)
        {
            return (Dictionary<string, object>)Parse(File.ReadAllText(path));
        }

        internal static string[] Strings(object list)
        {
            return ((List<object>)list).ConvertAll(item => (string)item).ToArray();
        }

        private char Next()
        {
            while (char.IsWhiteSpace(text[at]))
                at++;
            return text[at];
        }

        private object Value()
        {
            switch (Next())
            {
                case '{':
                    Dictionary<string, object> members = new Dictionary<string, object>();
                    at++;
                    while (Next() != '}')
                    {
                        string name = String();
                        Next();
                        at++; // :
                        members.Add(name, Value());
                        if (Next() == ',')
                            at++;
                    }
                    at++;
                    return members;
                case '[':
                    List<object> items = new List<object>();
                    at++;
                    while (Next() != ']')
                    {
                        items.Add(Value());
                        if (Next() == ',')
                            at++;
                    }
                    at++;
                    return items;
                case '"':
                    return String();
                default:
                    int start = at;
                    while (at < text.Length && ",]}".IndexOf(text[at]) < 0 && !char.IsWhiteSpace(text[at]))
                        at++;
                    string word = text.Substring(start, at - start);
                    if (word == "null")
                        return null;
                    return word == "true" ? true : word == "false" ? false : (object)double.Parse(word, CultureInfo.InvariantCulture);
            }
        }

        private string String()
        {
            StringBuilder result = new StringBuilder();
            Next();
            for (at++; text[at] != '"'; at++)
            {
                if (text[at] != '\\')
                {
                    result.Append(text[at]);
                    continue;
                }
                char escaped = text[++at];
                if (escaped == 'u')
                {
                    result.Append((char)Convert.ToInt32(text.Substring(at + 1, 4), 16));
                    at += 4;
                }
                else
                    result.Append("nrtbf".IndexOf(escaped) < 0 ? escaped : "\n\r\t\b\f"["nrtbf".IndexOf(escaped)]);
            }
            at++;
            return result.ToString();
        }
    }

    /// Tensors of a safetensors file, flat.
    internal static class Safetensors
    {
        internal static float[] Read(string path, string name)
        {
            byte[] bytes = Bytes(path, name, "F32");
            float[] values = new float[bytes.Length / 4];
            Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
            return values;
        }

        internal static int[] ReadIntegers(string path, string name)
        {
            byte[] bytes = Bytes(path, name, "I64");
            long[] values = new long[bytes.Length / 8];
            Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
            return Array.ConvertAll(values, value => checked((int)value));
        }

        private static byte[] Bytes(string path, string name, string type)
        {
            byte[] bytes = File.ReadAllBytes(path);
            int header = (int)BitConverter.ToInt64(bytes, 0);
            Dictionary<string, object> tensors = (Dictionary<string, object>)Json.Parse(Encoding.UTF8.GetString(bytes, 8, header));
            Dictionary<string, object> tensor = (Dictionary<string, object>)tensors[name];
            Check.Equal(type, (string)tensor["dtype"], name);
            List<object> offsets = (List<object>)tensor["data_offsets"];
            int begin = (int)(double)offsets[0], end = (int)(double)offsets[1];
            byte[] values = new byte[end - begin];
            Array.Copy(bytes, 8 + header + begin, values, 0, values.Length);
            return values;
        }
    }
}
