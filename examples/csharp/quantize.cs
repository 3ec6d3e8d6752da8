// Searches in vectors of one bit a number, and has the float query decide among the best.
//
//   quantize MODEL QUERY      a checkpoint folder or a bundle
using System;
using System.Globalization;
using Glyxel;

static class Quantize
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
            Console.Error.WriteLine("usage: quantize MODEL QUERY");
            return 2;
        }
        try
        {
            using (Model model = Model.Load(arguments[0]))
            {
                int dimension = model.Dimension;
                float[] vectors = model.EmbedTexts(Sentences);
                float[] query = model.EmbedText(arguments[1]);
                // >>> quantize
                const Codes Bits = Codes.UBinary;
                byte[] corpus = Quantization.Quantize(vectors, dimension, Bits);
                byte[] bits = Quantization.Quantize(query, dimension, Bits);
                Neighbor[][] nearest = Quantization.TopK(bits, corpus, dimension, Bits, 2, query);
                Console.WriteLine("{0} bytes a vector instead of {1}", Quantization.BytesPerVector(dimension, Bits), dimension * sizeof(float));
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
