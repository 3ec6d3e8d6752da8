using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace Glyxel.Tests
{
    /// A static method without parameters that must not throw; it may return a Task.
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class TestAttribute : Attribute { }

    /// Runs all tests, or those whose names contain the argument: Tests.exe [PART OF A NAME | --soak]
    internal static class Runner
    {
        private static int Main(string[] arguments)
        {
            bool soak = arguments.Length > 0 && arguments[0] == "--soak";
            string part = soak || arguments.Length == 0 ? "" : arguments[0];
            MethodInfo[] tests = Assembly.GetExecutingAssembly().GetTypes()
                .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Where(method => method.GetCustomAttribute<TestAttribute>() != null && (method.DeclaringType == typeof(Soak)) == soak)
                .Where(method => Name(method).Contains(part))
                .OrderBy(Name, StringComparer.Ordinal)
                .ToArray();
            List<string> failed = new List<string>();
            foreach (MethodInfo test in tests)
            {
                Exception thrown = Run(test);
                Console.WriteLine("test {0} ... {1}", Name(test), thrown == null ? "ok" : "FAILED");
                if (thrown == null)
                    continue;
                failed.Add(Name(test));
                Console.WriteLine(thrown);
            }
            foreach (string name in failed)
                Console.WriteLine("failed: " + name);
            Console.WriteLine("{0} passed, {1} failed", tests.Length - failed.Count, failed.Count);
            return failed.Count == 0 && tests.Length > 0 ? 0 : 1;
        }

        private static string Name(MethodInfo test)
        {
            return test.DeclaringType.Name + "." + test.Name;
        }

        private static Exception Run(MethodInfo test)
        {
            try
            {
                Task task = test.Invoke(null, null) as Task;
                if (task != null)
                    task.GetAwaiter().GetResult();
                return null;
            }
            catch (TargetInvocationException e)
            {
                return e.InnerException;
            }
            catch (Exception e)
            {
                return e;
            }
        }
    }

    /// What a test says must be so.
    internal static class Check
    {
        internal static void That(bool condition, string otherwise)
        {
            if (!condition)
                throw new Exception(otherwise);
        }

        internal static void Equal<T>(T expected, T got, string what = "value")
        {
            if (!EqualityComparer<T>.Default.Equals(expected, got))
                throw new Exception(what + " is " + got + ", not " + expected);
        }

        internal static void SameBits(float[] expected, float[] got)
        {
            Equal(expected.Length, got.Length, "length");
            for (int i = 0; i < expected.Length; i++)
                if (BitConverter.ToInt32(BitConverter.GetBytes(expected[i]), 0) != BitConverter.ToInt32(BitConverter.GetBytes(got[i]), 0))
                    throw new Exception("value " + i + " is " + got[i].ToString("R") + ", not " + expected[i].ToString("R"));
        }

        internal static void Near(float[] expected, float[] got, float within)
        {
            Equal(expected.Length, got.Length, "length");
            for (int i = 0; i < expected.Length; i++)
                if (!(Math.Abs(expected[i] - got[i]) <= within))
                    throw new Exception("value " + i + " is " + got[i] + ", not " + expected[i]);
        }

        /// The call throws exactly this kind, with a sentence that contains a part.
        internal static T Throws<T>(Action call, string part = "") where T : Exception
        {
            try
            {
                call();
            }
            catch (Exception e)
            {
                return Thrown<T>(e, part);
            }
            throw new Exception("nothing was thrown, but " + typeof(T).Name + " should have been");
        }

        internal static async Task<T> ThrowsAsync<T>(Task call, string part = "") where T : Exception
        {
            try
            {
                await call.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                return Thrown<T>(e, part);
            }
            throw new Exception("nothing was thrown, but " + typeof(T).Name + " should have been");
        }

        private static T Thrown<T>(Exception e, string part) where T : Exception
        {
            if (e.GetType() != typeof(T))
                throw new Exception(e.GetType().Name + " was thrown, not " + typeof(T).Name, e);
            if (e.Message.Length < 10 || e.Message.IndexOf(part, StringComparison.Ordinal) < 0)
                throw new Exception("the message does not say \"" + part + "\": " + e.Message, e);
            return (T)e;
        }
    }
}
