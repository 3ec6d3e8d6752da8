// Embeds some sentences, prints how similar each is to each, and finds the one nearest to a query.
//
//   similarity [MODEL]      a checkpoint folder or a bundle; all-MiniLM-L6-v2 as `make` fetched it, if left out
using System;
using System.Globalization;
using System.Linq;
using Glyxel;

static class SimilarityExample
{
    static readonly string[] Sentences =
    {
        "The ferry to the island leaves at half past seven.",
        "When does the boat go out in the morning?",
        "Whisk the eggs with sugar until the foam is pale.",
        "A good pancake batter should rest for half an hour.",
        "The central bank raised interest rates again on Thursday.",
        "Mortgages have become more expensive this year.",
        "Our cat sleeps on the warm lid of the laundry basket.",
        "The kitten curled up beside the radiator."
    };

    const string Query = "How do I cook breakfast for my children?";

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        string source = arguments.Length > 0 ? arguments[0] : "target/models/all-MiniLM-L6-v2";
        Console.WriteLine("glyxel {0}\nloading {1} (the first time, it is converted)", GlyxelLibrary.Version, source);
        try
        {
            using (Model model = Model.Load(source))
                Compare(model);
            return 0;
        }
        catch (GlyxelException e)
        {
            Console.Error.WriteLine("{0}: {1}", e.Status, e.Message);
            return 1;
        }
    }

    static void Compare(Model model)
    {
        // >>> embed
        // Unit vectors are asked for, whatever the model says: of these the cosine is the dot product.
        string[] texts = Sentences.Concat(new[] { Query }).ToArray();
        float[] vectors = model.EmbedTexts(texts, new EmbedOptions { Normalize = true });
        // <<<
        int dimension = model.Dimension, count = Sentences.Length;
        Console.WriteLine("{0} texts, {1} numbers each\n", texts.Length, dimension);

        for (int i = 0; i < count; i++)
            Console.Write("{0,6}", i + 1);
        Console.WriteLine();
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
                Console.Write("{0,6:0.00}", Cosine(vectors, dimension, i, j));
            Console.WriteLine("   {0}  {1}", i + 1, Sentences[i]);
        }

        int nearest = Enumerable.Range(0, count).OrderByDescending(i => Cosine(vectors, dimension, count, i)).First();
        Console.WriteLine("\n{0}\n  is nearest to: {1} ({2:0.00})", Query, Sentences[nearest], Cosine(vectors, dimension, count, nearest));
    }

    static float Cosine(float[] vectors, int dimension, int a, int b)
    {
        float sum = 0;
        for (int i = 0; i < dimension; i++)
            sum += vectors[a * dimension + i] * vectors[b * dimension + i];
        return sum;
    }
}
