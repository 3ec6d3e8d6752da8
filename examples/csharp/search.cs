// Finds the sentences that answer a query best.
//
//   search MODEL QUERY      a checkpoint folder or a bundle
using System;
using System.Globalization;
using Glyxel;

static class Search
{
    static readonly string[] Sentences =
    {
        "The ferry to the island leaves at half past seven.",
        "A good pancake batter should rest for half an hour.",
        "The central bank raised interest rates again on Thursday.",
        "Our cat sleeps on the warm lid of the laundry basket.",
        "Mortgages have become more expensive this year.",
        "The last train back leaves the coast shortly before midnight."
    };

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length != 2)
        {
            Console.Error.WriteLine("usage: search MODEL QUERY");
            return 2;
        }
        try
        {
            using (Model model = Model.Load(arguments[0]))
            {
                // >>> search
                float[] corpus = model.EmbedTexts(Sentences);
                float[] query = model.EmbedText(arguments[1]);
                Neighbor[][] nearest = Similarity.TopK(query, corpus, model.Dimension, 3);
                foreach (Neighbor neighbor in nearest[0])
                    Console.WriteLine("{0:0.000}  {1}", neighbor.Score, Sentences[neighbor.Index]);
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
