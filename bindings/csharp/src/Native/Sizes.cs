using System;

namespace Glyxel
{
    /// Sizes of arrays, checked before the library writes to them or .NET has to make them.
    internal static class Sizes
    {
        /// rows × columns floats, as far as a .NET array can hold them.
        internal static int Product(long rows, int columns)
        {
            long size = rows * columns;
            if (size > int.MaxValue)
                throw new ArgumentException(rows + " rows of " + columns + " values are more than an array can hold; pass fewer at once");
            return (int)size;
        }

        /// How many rows of that many columns an array has.
        internal static int Rows(Array values, int columns, string what)
        {
            if (values == null)
                throw new ArgumentNullException(what);
            if (columns <= 0)
                throw new ArgumentOutOfRangeException("dimension", columns, "a vector has at least one value");
            if (values.Length % columns != 0)
                throw new ArgumentException(what + " has " + values.Length + " values, which is no number of rows of " + columns, what);
            return values.Length / columns;
        }

        internal static void HasRoom(Array destination, int needed, string what)
        {
            if (destination == null)
                throw new ArgumentNullException(what);
            if (destination.Length < needed)
                throw new ArgumentException(what + " has room for " + destination.Length + " values; " + needed + " are needed", what);
        }

        internal static int NotNegative(int value, string what)
        {
            if (value < 0)
                throw new ArgumentOutOfRangeException(what, value, "it must not be negative");
            return value;
        }
    }
}
