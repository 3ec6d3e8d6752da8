using System;
using System.Collections.Generic;

namespace Glyxel
{
    /// <summary>How a task makes scores; all that is left as it is means: as the model says.</summary>
    public sealed class TaskOptions
    {
        /// <summary>What makes scores of the model's logits.</summary>
        public Activation Activation { get; set; }

        /// <summary>How many predictions each item gets, the likeliest first; 0: all. Zero-shot tasks score every label.</summary>
        public int TopK { get; set; }

        /// <summary>Zero-shot tasks: a sentence that holds "{}", where each label is put; empty: the model's usual one.</summary>
        public string Template { get; set; }

        /// <summary>
        /// Zero-shot tasks: several such sentences, Template being empty; null: none. Of pictures each label is then compared by the mean of its
        /// sentences' directions; of texts the scores are averaged.
        /// </summary>
        public IReadOnlyList<string> Templates { get; set; }

        /// All of Templates, then Template.
        internal static Utf8Texts Sentences(TaskOptions options)
        {
            List<string> sentences = new List<string>();
            if (options != null && options.Templates != null)
                sentences.AddRange(options.Templates);
            string template = (options == null ? null : options.Template) ?? "";
            Utf8.Count(template, "Template");
            sentences.Add(template);
            return new Utf8Texts(sentences, "Templates");
        }

        /// sentences: what Sentences gave, pinned; count of them.
        internal static unsafe glyxel_task_options Native(TaskOptions options, glyxel_str* sentences, int count)
        {
            glyxel_task_options native = new glyxel_task_options { struct_size = (uint)sizeof(glyxel_task_options) };
            if (options == null)
                return native;
            native.activation = (int)options.Activation;
            native.top_k = (uint)Sizes.NotNegative(options.TopK, "TopK");
            native.template_ = sentences[count - 1];
            if (count > 1)
                native.templates = sentences;
            native.n_templates = (UIntPtr)(uint)(count - 1);
            return native;
        }
    }
}
