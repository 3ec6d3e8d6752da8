using System;
using System.Collections.Generic;

namespace Glyxel
{
    /// <summary>A class that an item may be of, and its score.</summary>
    public struct Prediction
    {
        private readonly string label;
        private readonly int index;
        private readonly float score;

        /// <summary>Makes a prediction.</summary>
        public Prediction(string label, int index, float score)
        {
            this.label = label;
            this.index = index;
            this.score = score;
        }

        /// <summary>The class's name.</summary>
        public string Label { get { return label; } }

        /// <summary>The class's place among the model's.</summary>
        public int Index { get { return index; } }

        /// <summary>The score; what it means is the model's activation's to say.</summary>
        public float Score { get { return score; } }

        /// <summary>For people: "tabby 0.62".</summary>
        public override string ToString()
        {
            return label + " " + score.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);
        }

        /// The predictions of each of n items. The handle is freed.
        internal static unsafe Prediction[][] Read(IntPtr key, int n)
        {
            Prediction[][] items = new Prediction[n][];
            // Items share their classes, and so their names.
            Dictionary<long, string> names = new Dictionary<long, string>();
            using (PredictionsHandle handle = new PredictionsHandle(key))
            using (Held held = new Held(handle, "predictions"))
                for (int i = 0; i < n; i++)
                {
                    items[i] = new Prediction[(int)Functions.glyxel_predictions_count(held.Key, (UIntPtr)(uint)i)];
                    for (int rank = 0; rank < items[i].Length; rank++)
                    {
                        glyxel_str text;
                        long index;
                        float score;
                        int status = Functions.glyxel_predictions_get(held.Key, (UIntPtr)(uint)i, (UIntPtr)(uint)rank, &text, &index, &score);
                        Failure.Check(status, IntPtr.Zero);
                        string name;
                        if (!names.TryGetValue(index, out name))
                            names.Add(index, name = Utf8.Read(text));
                        items[i][rank] = new Prediction(name, (int)index, score);
                    }
                }
            return items;
        }
    }
}
