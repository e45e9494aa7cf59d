namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>What a piece of a SentencePiece model is, with the numbers of its file.</summary>
internal enum PieceType
{
    /// <summary>Text, made by merging.</summary>
    Normal = 1,

    /// <summary>What stands for characters without a piece.</summary>
    Unknown = 2,

    /// <summary>A control symbol, which no text becomes.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>A piece that is merged through and never given.</summary>
    Unused = 5,

    /// <summary>A byte of a character without a piece.</summary>
    Byte = 6,
}
