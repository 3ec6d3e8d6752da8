using System;
using System.IO;

namespace Glyxel.Tests
{
    /// What takes minutes: `make soak` runs it, and not `make test`.
    internal static class Soak
    {
        private const string Mean = "tests/fixtures/bert/st_mean";

        private static double ResidentMegabytes()
        {
            return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * 4096 / 1e6;
        }

        /// After some rounds to fill what is kept, 1,000 more loads of a small model add next to nothing.
        [Test]
        private static void AThousandLoadsLeaveMemoryFlat()
        {
            for (int i = 0; i < 300; i++)
                LoadAndFree();
            double before = Settled();
            for (int i = 0; i < 1000; i++)
                LoadAndFree();
            double after = Settled();
            Console.WriteLine("     1,000 loads: {0:0.0} MB before, {1:0.0} MB after", before, after);
            Check.That(after - before < 10, "memory grew from " + before + " to " + after + " MB");
        }

        /// What is disposed of leaves nothing.
        [Test]
        private static void VectorsOfTokensLeaveMemoryFlat()
        {
            string[] texts = Fixtures.Numbered(10000);
            for (int i = 0; i < 3; i++)
                EmbedAndFree(texts);
            double before = Settled();
            for (int i = 0; i < 30; i++)
                EmbedAndFree(texts);
            double after = Settled();
            Console.WriteLine("     30 × 10,000 texts' tokens: {0:0.0} MB before, {1:0.0} MB after", before, after);
            Check.That(after - before < 30, "memory grew from " + before + " to " + after + " MB");
        }

        private static void EmbedAndFree(string[] texts)
        {
            using (TokenVectors tokens = Fixtures.Text.EmbedTokens(texts))
                tokens.Tokens(0);
        }

        private static void LoadAndFree()
        {
            using (Model model = Fixtures.Load(Mean))
            using (Control control = new Control())
                model.EmbedText("a good film", null, control);
        }

        private static double Settled()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return ResidentMegabytes();
        }
    }
}
