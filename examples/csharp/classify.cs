// Says what is on pictures.
//
//   classify MODEL PICTURE...      a checkpoint folder or a bundle with a head for classes; files of any usual format
using System;
using System.Globalization;
using System.Linq;
using Glyxel;

static class Classify
{
    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("usage: classify MODEL PICTURE...");
            return 2;
        }
        try
        {
            Console.WriteLine("loading {0} (the first time, it is converted)", arguments[0]);
            string[] paths = arguments.Skip(1).ToArray();
            using (Model model = Model.Load(arguments[0]))
            {
                // >>> classify
                Image[] images = paths.Select(Image.FromFile).ToArray();
                Prediction[][] predictions = model.ClassifyImages(images, new TaskOptions { TopK = 3 });
                for (int i = 0; i < images.Length; i++)
                {
                    Console.WriteLine("\n{0}", paths[i]);
                    foreach (Prediction prediction in predictions[i])
                        Console.WriteLine("{0,6:0.0} %  {1}", 100 * prediction.Score, prediction.Label);
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
