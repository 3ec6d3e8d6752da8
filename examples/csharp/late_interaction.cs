// Finds the sentences that answer a query best, word by word, and says which word answered which.
//
//   late_interaction MODEL QUERY [colbert]
//
// MODEL is any text encoder; with one that was trained for it (say "colbert"), the order is much better.
using System;
using System.Globalization;
using Glyxel;

static class LateInteraction
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

    // The word of the best sentence that is nearest to each of the query's.
    static void Explain(TokenVectors query, string asked, TokenVectors documents, int best)
    {
        float[] q = query.Vectors(0), d = documents.Vectors(best);
        Token[] words = query.Tokens(0), answers = documents.Tokens(best);
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i].Length == 0)
                continue; // a special token
            float nearest = -2;
            Token which = answers[0];
            for (int j = 0; j < answers.Length; j++)
            {
                float cosine = 0;
                for (int k = 0; k < query.Dimension; k++)
                    cosine += q[i * query.Dimension + k] * d[j * query.Dimension + k];
                if (cosine > nearest)
                {
                    nearest = cosine;
                    which = answers[j];
                }
            }
            string answer = which.Length == 0 ? "the sentence as a whole" : Sentences[best].Substring(which.Start, which.Length);
            Console.WriteLine("    {0} - {1} ({2:0.00})", asked.Substring(words[i].Start, words[i].Length), answer, nearest);
        }
    }

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        bool colbert = arguments.Length == 3 && arguments[2] == "colbert";
        if (arguments.Length != 2 && !colbert)
        {
            Console.Error.WriteLine("usage: late_interaction MODEL QUERY [colbert]");
            return 2;
        }
        try
        {
            string asked = arguments[1];
            using (Model model = Model.Load(arguments[0]))
            {
                // >>> late_interaction
                TokenOptions document = new TokenOptions { Role = colbert ? TextRole.Document : TextRole.Text, Normalize = true };
                TokenOptions question = new TokenOptions { Role = colbert ? TextRole.Query : TextRole.Text, Normalize = true };
                using (TokenVectors documents = model.EmbedTokens(Sentences, document))
                using (TokenVectors query = model.EmbedTokens(new[] { asked }, question))
                {
                    Neighbor[] best = Similarity.MaxSim(query, documents, 3)[0];
                    foreach (Neighbor found in best)
                        Console.WriteLine("{0:0.000}  {1}", found.Score, Sentences[found.Index]);
                    Explain(query, asked, documents, best[0].Index); // which word answered which
                }
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
