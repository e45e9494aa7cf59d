using Google.Protobuf;
using LlavaMod.Data;

namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>One piece of a model.</summary>
/// <param name="Text">Its text, U+2581 for spaces.</param>
/// <param name="Score">The higher, the sooner it is made.</param>
/// <param name="Type">What it is.</param>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>
/// tokenizer.model: SentencePiece's ModelProto, of which the fields that encoding and decoding need are read with protobuf's own reader.
/// </summary>
internal sealed class SentencePieceModel
{
    private const int Bpe = 2;

    private readonly string path;
    private readonly List<Piece> pieces = [];
    private int modelType = 1; // unigram where the file does not say
    private bool isSuffix, removesSpaces = true, escapesSpaces = true;
    private int normalizationBytes;

    private SentencePieceModel(string path) => this.path = path;

    /// <summary>The pieces by id.</summary>
    public IReadOnlyList<Piece> Pieces => pieces;

    /// <summary>Whether characters without a piece become bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Whether a space is put in front of text.</summary>
    public bool DummyPrefix { get; private set; } = true;

    /// <summary>What the unknown piece decodes to.</summary>
    public string UnknownSurface { get; private set; } = " \u2047 ";

    /// <summary>Names of the pieces that begin and end a text, and pad.</summary>
    public (string Beginning, string End, string Pad) Names { get; private set; } = ("<s>", "</s>", "<pad>");

    /// <summary>Reads the file.</summary>
    /// <exception cref="UserError">It is damaged, or a model of another kind than BPE with spaces escaped and nothing else normalised.</exception>
    public static SentencePieceModel Read(string path)
    {
        var model = new SentencePieceModel(path);
        try
        {
            model.ReadModel(new CodedInputStream(BoundedFile.Read(path, TokenizerFiles.SizeLimit)));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new UserError($"{path} is not a SentencePiece model: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        model.Check();
        return model;
    }

    private void ReadModel(CodedInputStream input) => Fields(input, field =>
    {
        switch (field)
        {
            case 1: Message(input, ReadPiece); break;
            case 2: Message(input, ReadTrainer); break;
            case 3: Message(input, ReadNormalizer); break;
            case 5: Message(input, ReadDenormalizer); break;
            default: input.SkipLastField(); break;
        }
    });

    private void ReadPiece(CodedInputStream input)
    {
        var piece = new Piece("", 0, PieceType.Normal);
        Fields(input, field =>
        {
            switch (field)
            {
                case 1: piece = piece with { Text = input.ReadString() }; break;
                case 2: piece = piece with { Score = input.ReadFloat() }; break;
                case 3: piece = piece with { Type = (PieceType)input.ReadEnum() }; break;
                default: input.SkipLastField(); break;
            }
        });
        pieces.Add(piece);
    }

    private void ReadTrainer(CodedInputStream input) => Fields(input, field =>
    {
        switch (field)
        {
            case 3: modelType = input.ReadEnum(); break;
            case 24: isSuffix = input.ReadBool(); break;
            case 35: ByteFallback = input.ReadBool(); break;
            case 44: UnknownSurface = input.ReadString(); break;
            case 46: Names = Names with { Beginning = input.ReadString() }; break;
            case 47: Names = Names with { End = input.ReadString() }; break;
            case 48: Names = Names with { Pad = input.ReadString() }; break;
            default: input.SkipLastField(); break;
        }
    });

    private void ReadNormalizer(CodedInputStream input) => Fields(input, field =>
    {
        switch (field)
        {
            case 2: normalizationBytes += input.ReadBytes().Length; break;
            case 3: DummyPrefix = input.ReadBool(); break;
            case 4: removesSpaces = input.ReadBool(); break;
            case 5: escapesSpaces = input.ReadBool(); break;
            default: input.SkipLastField(); break;
        }
    });

    private void ReadDenormalizer(CodedInputStream input) => Fields(input, field =>
    {
        if (field == 2)
            normalizationBytes += input.ReadBytes().Length;
        else
            input.SkipLastField();
    });

    private void Check()
    {
        if (pieces.Count == 0)
            throw new UserError($"{path} is not a SentencePiece model: it has no pieces.");
        if (modelType != Bpe)
            throw Unsupported($"the model type {modelType switch { 1 => "unigram", 3 => "word", 4 => "char", var other => $"{other}" }}", "BPE is");
        if (normalizationBytes > 0)
            throw Unsupported("a normalisation table (precompiled_charsmap)", "the rule 'identity' is");
        if (removesSpaces)
            throw Unsupported("remove_extra_whitespaces true", "false is");
        if (!escapesSpaces)
            throw Unsupported("escape_whitespaces false", "true is");
        if (isSuffix)
            throw Unsupported("treat_whitespace_as_suffix true", "false is");
        foreach (var piece in pieces)
            if (piece.Type == PieceType.Unused || !Enum.IsDefined(piece.Type))
                throw Unsupported($"the piece \"{piece.Text}\" of type {piece.Type}", "normal, unknown, control, user-defined and byte pieces are");
    }

    private UserError Unsupported(string what, string known) => new($"{path}: {what} is not supported; {known}.");

    private static void Fields(CodedInputStream input, Action<int> read)
    {
        while (input.ReadTag() is var tag and not 0)
            read(WireFormat.GetTagFieldNumber(tag));
    }

    private static void Message(CodedInputStream input, Action<CodedInputStream> read)
    {
        // A copy of the bytes, which are those of the file: no length goes beyond it.
        read(input.ReadBytes().CreateCodedInput());
    }
}
