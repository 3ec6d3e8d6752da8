// Says how well each document answers a query, with a cross-encoder.
//
//   rerank MODEL QUERY DOCUMENT...      a checkpoint folder or a bundle whose head has one logit
using System;
using System.Globalization;
using System.Linq;
using Glyxel;

static class Rerank
{
    // >>> rerank
    // One score for each document, in their order: the higher, the better the answer.
    static float[] Score(Model model, string query, string[] documents)
    {
        return model.ScorePairs(Enumerable.Repeat(query, documents.Length).ToArray(), documents);
    }
    // <<<

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length < 3)
        {
            Console.Error.WriteLine("usage: rerank MODEL QUERY DOCUMENT...");
            return 2;
        }
        try
        {
            string[] documents = arguments.Skip(2).ToArray();
            using (Model model = Model.Load(arguments[0]))
            {
                float[] scores = Score(model, arguments[1], documents);
                for (int i = 0; i < documents.Length; i++)
                    Console.WriteLine("{0:0.000}  {1}", scores[i], documents[i]);
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
