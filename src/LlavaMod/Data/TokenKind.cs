namespace LlavaMod.Data;

/// <summary>What stands at one position of a batch, after the image features have taken their places among the text.</summary>
public enum TokenKind : byte
{
    /// <summary>Nothing: the row is shorter than the batch.</summary>
    Padding,

    /// <summary>Text that the user or the template wrote.</summary>
    Prompt,

    /// <summary>The assistant's words: supervised text.</summary>
    Response,

    /// <summary>An image feature.</summary>
    Visual,
}
