// Says how well labels fit a picture, with a model of texts and pictures.
//
//   zero_shot_images MODEL PICTURE LABEL...      a checkpoint folder or a bundle of CLIP or SigLIP; a file
using System;
using System.Globalization;
using System.Linq;
using Glyxel;

static class ZeroShotImages
{
    // >>> zero_shot_images
    // How well each label fits the picture. With CLIP the scores sum to 1.
    static float[] Fit(Model model, Image image, string[] labels)
    {
        return model.ZeroShotImages(new[] { image }, labels);
    }
    // <<<

    static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length < 3)
        {
            Console.Error.WriteLine("usage: zero_shot_images MODEL PICTURE LABEL...");
            return 2;
        }
        try
        {
            string[] labels = arguments.Skip(2).ToArray();
            using (Model model = Model.Load(arguments[0]))
            {
                float[] scores = Fit(model, Image.FromFile(arguments[1]), labels);
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
