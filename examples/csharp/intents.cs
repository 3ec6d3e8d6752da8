// Learns what a customer wants from a few sentences of each kind, and tells it of another one.
//
//   intents MODEL QUESTION      a checkpoint folder or a bundle
using System;
using System.Globalization;
using Glyxel;

static class Intents
{
    static readonly string[] Names = { "opening hours", "prices", "complaint" };

    static readonly string[] Sentences =
    {
        "When do you open on Sundays?", "Until what time is the shop open?",
        "How much is the large one?", "What does delivery cost?",
        "It broke on the second day already.", "I have been waiting for my order for weeks."
    };

    static readonly int[] Labels = { 0, 0, 1, 1, 2, 2 };

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length != 2)
        {
            Console.Error.WriteLine("usage: intents MODEL QUESTION");
            return 2;
        }
        try
        {
            using (Model model = Model.Load(arguments[0]))
            // >>> intents
            using (Centroids intents = new Centroids(3, model.Dimension))
            {
                intents.Add(model.EmbedTexts(Sentences), Labels);
                LabelMatch given = intents.Classify(model.EmbedText(arguments[1]), 0.2f)[0];
                Console.WriteLine("{0:0.000}  {1}", given.Score, given.Label < 0 ? "something else" : Names[given.Label]);
            }
            // <<<
            return 0;
        }
        catch (GlyxelException e)
        {
            Console.Error.WriteLine("{0}: {1}", e.Status, e.Message);
            return 1;
        }
    }
}
