// Says what texts are, by the classes that a model was trained on.
//
//   classify_texts MODEL TEXT...      a checkpoint folder or a bundle with a head for whole texts
using System;
using System.Globalization;
using System.Linq;
using Glyxel;

static class ClassifyTexts
{
    // >>> classify_texts
    // Prints the likeliest class of each text and its score.
    static void PrintClasses(Model model, string[] texts)
    {
        Prediction[][] predictions = model.ClassifyTexts(texts, new TaskOptions { TopK = 1 });
        for (int i = 0; i < texts.Length; i++)
            Console.WriteLine("{0:0.000}  {1}  {2}", predictions[i][0].Score, predictions[i][0].Label, texts[i]);
    }
    // <<<

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("usage: classify_texts MODEL TEXT...");
            return 2;
        }
        try
        {
            using (Model model = Model.Load(arguments[0]))
                PrintClasses(model, arguments.Skip(1).ToArray());
            return 0;
        }
        catch (GlyxelException e)
        {
            Console.Error.WriteLine("{0}: {1}", e.Status, e.Message);
            return 1;
        }
    }
}
