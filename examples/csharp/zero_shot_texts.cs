// Says how well labels fit a text, with a model that was trained on inference.
//
//   zero_shot_texts MODEL TEXT LABEL...      a checkpoint folder or a bundle with a head for NLI
using System;
using System.Globalization;
using System.Linq;
using Glyxel;

static class ZeroShotTexts
{
    // >>> zero_shot_texts
    // How well each label fits the text; the scores sum to 1.
    static float[] Topics(Model model, string text, string[] labels)
    {
        return model.ZeroShotTexts(new[] { text }, labels, new TaskOptions { Template = "This text is about {}." });
    }
    // <<<

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length < 3)
        {
            Console.Error.WriteLine("usage: zero_shot_texts MODEL TEXT LABEL...");
            return 2;
        }
        try
        {
            string[] labels = arguments.Skip(2).ToArray();
            using (Model model = Model.Load(arguments[0]))
            {
                float[] scores = Topics(model, arguments[1], labels);
                for (int i = 0; i < labels.Length; i++)
                    Console.WriteLine("{0:0.000}  {1}", scores[i], labels[i]);
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
