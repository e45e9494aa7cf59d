using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>JSON Lines: one line changes as JSON does, or lines change places.</summary>
[FileKind("jsonl", Summary = "JSON Lines")]
public sealed class JsonlKind : FileKind
{
    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [OneLine, OneLine, .. TextMutations.All];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words => JsonKind.JsonWords;

    private static byte[] OneLine(byte[] file, Random random)
    {
        var start = file.AsSpan(0, random.Next(file.Length + 1)).LastIndexOf((byte)'\n') + 1;
        var length = file.AsSpan(start).IndexOf((byte)'\n') is var end and >= 0 ? end : file.Length - start;
        return ByteMutations.Replaced(file, start, length, JsonMutations.Any(file[start..(start + length)], random));
    }
}
