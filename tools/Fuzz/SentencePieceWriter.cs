using Google.Protobuf;

namespace LlavaMod.Fuzz;

/// <summary>Writes SentencePiece's tokenizer.model as its trainer would.</summary>
public static class SentencePieceWriter
{
    /// <summary>Types of pieces.</summary>
    public const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    /// <summary>What a model says beside its pieces.</summary>
    public sealed record Settings
    {
        public int ModelType { get; init; } = 2;
        public bool ByteFallback { get; init; } = true;
        public bool DummyPrefix { get; init; } = true;
        public bool RemovesSpaces { get; init; }
        public bool EscapesSpaces { get; init; } = true;
        public bool Suffix { get; init; }
        public string Table { get; init; } = "";
    }

    /// <summary>The bytes of a model.</summary>
    public static byte[] Write(IEnumerable<(string Text, float Score, int Type)> pieces, Settings? settings = null)
    {
        settings ??= new Settings();
        return Message(model =>
        {
            foreach (var (text, score, type) in pieces)
                Field(model, 1, piece =>
                {
                    piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    piece.WriteString(text);
                    piece.WriteTag(2, WireFormat.WireType.Fixed32);
                    piece.WriteFloat(score);
                    Number(piece, 3, type);
                });
            Field(model, 2, trainer =>
            {
                Number(trainer, 3, settings.ModelType);
                Number(trainer, 4, 32_000); // vocab_size, which nothing needs
                Number(trainer, 24, settings.Suffix ? 1 : 0);
                Number(trainer, 35, settings.ByteFallback ? 1 : 0);
            });
            Field(model, 3, normalizer =>
            {
                normalizer.WriteTag(2, WireFormat.WireType.LengthDelimited);
                normalizer.WriteString(settings.Table);
                Number(normalizer, 3, settings.DummyPrefix ? 1 : 0);
                Number(normalizer, 4, settings.RemovesSpaces ? 1 : 0);
                Number(normalizer, 5, settings.EscapesSpaces ? 1 : 0);
            });
        });
    }

    private static void Field(CodedOutputStream output, int number, Action<CodedOutputStream> write)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static void Number(CodedOutputStream output, int number, int value)
    {
        output.WriteTag(number, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        write(output);
        output.Flush();
        return stream.ToArray();
    }
}
