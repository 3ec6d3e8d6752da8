namespace Glyxel
{
    /// <summary>What makes scores of a model's logits.</summary>
    public enum Activation
    {
        /// <summary>What the model says.</summary>
        Default = 0,
        /// <summary>Nothing: scores are the logits.</summary>
        None = 1,
        /// <summary>Softmax: classes or labels share out 1.</summary>
        Softmax = 2,
        /// <summary>Sigmoid: each class or label by itself.</summary>
        Sigmoid = 3
    }
}
