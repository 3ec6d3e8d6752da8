using System;

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

        /// template: where the bytes of options.Template are pinned.
        internal static unsafe glyxel_task_options Native(TaskOptions options, byte* template, int length)
        {
            glyxel_task_options native = new glyxel_task_options { struct_size = (uint)sizeof(glyxel_task_options) };
            if (options == null)
                return native;
            native.activation = (int)options.Activation;
            native.top_k = (uint)Sizes.NotNegative(options.TopK, "TopK");
            native.template_ = new glyxel_str(template, length);
            return native;
        }
    }
}
