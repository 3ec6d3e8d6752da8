// Recommends sentences to somebody who liked two of them.
//
//   recommend MODEL      a checkpoint folder or a bundle
using System;
using System.Globalization;
using Glyxel;

static class Recommend
{
    static readonly string[] Sentences =
    {
        "A ferry takes you to the island in the morning.",
        "How to bake a crisp loaf of rye bread.",
        "Interest rates and what they mean for a mortgage.",
        "Sailing along the coast in a small boat.",
        "Pancakes with apples, as grandmother made them.",
        "A harbour guide for sailors on their first trip.",
        "Why cats sleep in the warmest place of the house."
    };

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length != 1)
        {
            Console.Error.WriteLine("usage: recommend MODEL");
            return 2;
        }
        try
        {
            using (Model model = Model.Load(arguments[0]))
            {
                float[] vectors = model.EmbedTexts(Sentences);
                // >>> recommend
                int[] liked = { 0, 3 }, seen = { 2 };
                foreach (Neighbor found in Similarity.Recommend(vectors, model.Dimension, liked, seen, 2))
                    Console.WriteLine("{0:0.000}  {1}", found.Score, Sentences[found.Index]);
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
