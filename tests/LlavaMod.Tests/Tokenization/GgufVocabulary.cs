using System.Text;

namespace LlavaMod.Tests.Tokenization;

/// <summary>The vocabulary in the metadata of a GGUF file (version 3): tokens, scores and types, as llama.cpp keeps SentencePiece's.</summary>
internal sealed record GgufVocabulary(string[] Tokens, float[] Scores, int[] Types)
{
    private const uint TypeString = 8, TypeArray = 9;

    public static GgufVocabulary Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        if (!reader.ReadBytes(4).AsSpan().SequenceEqual("GGUF"u8) || reader.ReadUInt32() != 3)
            throw new InvalidDataException($"{path} is not GGUF 3");
        reader.ReadUInt64(); // tensors
        var values = new Dictionary<string, object>();
        for (var count = reader.ReadUInt64(); count > 0; count--)
            values.Add(Text(reader), Value(reader, reader.ReadUInt32()));
        return new GgufVocabulary(
            Array<string>(values["tokenizer.ggml.tokens"]), Array<float>(values["tokenizer.ggml.scores"]), Array<int>(values["tokenizer.ggml.token_type"]));
    }

    /// <summary>The same as pieces of a SentencePiece model; the types have the same numbers.</summary>
    public IEnumerable<(string Text, float Score, int Type)> Pieces() => Tokens.Select((token, id) => (token, Scores[id], Types[id]));

    private static T[] Array<T>(object value) => [.. ((object[])value).Cast<T>()];

    private static object Value(BinaryReader reader, uint type) => type switch
    {
        0 => reader.ReadByte(),
        1 => reader.ReadSByte(),
        2 => reader.ReadUInt16(),
        3 => reader.ReadInt16(),
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        TypeString => Text(reader),
        TypeArray => Values(reader, reader.ReadUInt32()),
        10 => reader.ReadUInt64(),
        11 => reader.ReadInt64(),
        12 => reader.ReadDouble(),
        _ => throw new InvalidDataException($"GGUF type {type}"),
    };

    private static object[] Values(BinaryReader reader, uint type)
    {
        var values = new object[reader.ReadUInt64()];
        for (var i = 0; i < values.Length; i++)
            values[i] = Value(reader, type);
        return values;
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
}
