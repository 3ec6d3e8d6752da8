using System;
using Glyxel;

static class First
{
    static void Main()
    {
        using (Model model = Model.Load("target/models/all-MiniLM-L6-v2"))
        {
            float[] v = model.EmbedTexts(new[] { "A kitten naps by the stove.", "The cat is asleep in the kitchen." });
            float cosine = 0;
            for (int i = 0; i < model.Dimension; i++)
                cosine += v[i] * v[model.Dimension + i];
            Console.WriteLine(cosine.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
