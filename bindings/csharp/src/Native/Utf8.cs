using System;
using System.Collections.Generic;
using System.Text;

namespace Glyxel
{
    /// UTF-8, by hand: no marshaller copies a string twice or cuts it at a NUL.
    internal static unsafe class Utf8
    {
        // It throws where the replacing one would put U+FFFD for half a surrogate pair, and so embed something else.
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        /// The bytes of a string, none for null. what names it in the exception.
        internal static byte[] Bytes(string text, string what)
        {
            if (string.IsNullOrEmpty(text))
                return new byte[0];
            byte[] bytes = new byte[Count(text, what)];
            Strict.GetBytes(text, 0, text.Length, bytes, 0);
            return bytes;
        }

        internal static int Count(string text, string what)
        {
            try
            {
                return Strict.GetByteCount(text);
            }
            catch (EncoderFallbackException e)
            {
                throw new ArgumentException(
                    what + " holds half of a surrogate pair at index " + e.Index + ", which is no character; repair the string", e);
            }
        }

        internal static int Write(string text, byte[] bytes, int offset)
        {
            return Strict.GetBytes(text, 0, text.Length, bytes, offset);
        }

        /// Of each byte of a text, as UTF-8, the index of its character in the string; of a surrogate pair the first.
        internal static int[] Indices(string text)
        {
            int[] indices = new int[Strict.GetByteCount(text)];
            int at = 0;
            for (int i = 0; i < text.Length; i++)
            {
                int width = text[i] < 0x80 ? 1 : text[i] < 0x800 ? 2 : char.IsSurrogate(text[i]) ? 4 : 3;
                for (int end = at + width; at < end; at++)
                    indices[at] = i;
                if (width == 4)
                    i++;
            }
            return indices;
        }

        /// A NUL-terminated text of the library's; null for NULL.
        internal static string Read(byte* text)
        {
            if (text == null)
                return null;
            int length = 0;
            while (text[length] != 0)
                length++;
            return Read(text, length);
        }

        internal static string Read(glyxel_str text)
        {
            return Read(text.ptr, checked((int)text.len.ToUInt64()));
        }

        private static string Read(byte* text, int length)
        {
            return length == 0 ? "" : Encoding.UTF8.GetString(text, length);
        }
    }

    /// Many strings as one array of bytes.
    internal sealed class Utf8Texts
    {
        /// The caller may change the list meanwhile; strings do not change.
        internal readonly string[] Texts;
        /// All texts, one after the other, and where each ends.
        internal readonly byte[] Bytes;
        private readonly int[] ends;

        /// what names the list in the exception for a string that is null or is no text.
        internal Utf8Texts(IReadOnlyList<string> list, string what)
        {
            if (list == null)
                throw new ArgumentNullException(what);
            Texts = new string[list.Count];
            ends = new int[Texts.Length];
            long total = 0;
            for (int i = 0; i < Texts.Length; i++)
            {
                Texts[i] = list[i];
                string name = what + "[" + i + "]";
                if (Texts[i] == null)
                    throw new ArgumentException(name + " is null; pass \"\" for the empty text", what);
                total += Utf8.Count(Texts[i], name);
                if (total > int.MaxValue)
                    throw new ArgumentException(what + " have more than 2 GB together; pass fewer at once", what);
                ends[i] = (int)total;
            }
            Bytes = new byte[total];
            int offset = 0;
            foreach (string text in Texts)
                offset += Utf8.Write(text, Bytes, offset);
        }

        internal int Count
        {
            get { return ends.Length; }
        }

        /// The texts as the library takes them; bytes is where Bytes is pinned.
        internal unsafe glyxel_str[] At(byte* bytes)
        {
            glyxel_str[] texts = new glyxel_str[ends.Length];
            int start = 0;
            for (int i = 0; i < texts.Length; i++)
            {
                texts[i] = new glyxel_str(bytes + start, ends[i] - start);
                start = ends[i];
            }
            return texts;
        }
    }
}
