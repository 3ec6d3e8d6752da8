// Finds sentences that say the same: the pairs of a file's lines whose vectors are nearly alike.
//
//   duplicates [MODEL [FILE [THRESHOLD]]]     a model; texts, one a line; the least cosine. If left out: all-MiniLM-L6-v2 and
//                                             film reviews as `make` fetched them, and 0.9
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Glyxel;

static class Duplicates
{
    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            string[] lines = File.ReadAllLines(arguments.Length > 1 ? arguments[1] : "target/data/reviews.txt");
            float threshold = arguments.Length > 2 ? float.Parse(arguments[2]) : 0.9f;
            using (Model model = Model.Load(arguments.Length > 0 ? arguments[0] : "target/models/all-MiniLM-L6-v2"))
            {
                Console.WriteLine("embedding {0} lines", lines.Length);
                // >>> duplicates
                float[] vectors = model.EmbedTexts(lines);
                SimilarPair[] pairs = Similarity.Duplicates(vectors, model.Dimension, threshold);
                Console.WriteLine("pairs with a cosine of {0:0.00} or more: {1}", threshold, pairs.Length);
                foreach (SimilarPair pair in pairs.Take(10))
                    Console.WriteLine("{0:0.000}\n{1,7}: {2}\n{3,7}: {4}", pair.Score, pair.First + 1, lines[pair.First], pair.Second + 1,
                        lines[pair.Second]);
                // <<<
            }
            return 0;
        }
        catch (GlyxelException e)
        {
            Console.Error.WriteLine("{0}: {1}", e.Status, e.Message);
            return 1;
        }
    }
}
