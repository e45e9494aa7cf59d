namespace LlavaMod.Tokenization;

/// <summary>Where a piece of text stands that is encoded by itself; SentencePiece puts a space in front of a text, and not in the middle of one.</summary>
public enum TextPosition
{
    /// <summary>A text begins here.</summary>
    Beginning,

    /// <summary>A special token is in front of it.</summary>
    BehindToken,

    /// <summary>It goes on behind other text.</summary>
    Inside,
}
