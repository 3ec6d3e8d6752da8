namespace Glyxel
{
    /// <summary>What a text is to a model that tells queries from documents.</summary>
    public enum TextRole
    {
        /// <summary>Neither: the text as it is.</summary>
        Text = 0,
        /// <summary>A query: with the model's marker, and filled up with mask tokens if the model was trained so.</summary>
        Query = 1,
        /// <summary>A document: with the model's marker; tokens on its skip list, such as punctuation, have no vector.</summary>
        Document = 2
    }
}
