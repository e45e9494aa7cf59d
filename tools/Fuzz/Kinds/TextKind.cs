using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>Plain text in lines, such as merges.txt.</summary>
[FileKind("txt", Summary = "lines of text")]
public sealed class TextKind : FileKind
{
    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations => TextMutations.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = [" ", "  ", "\t", "\r\n", "\n\n", "#version: 0.2\n", "#", "\xff", "\0", "\xc4\xa0", "\xef\xbb\xbf", "a b\n"];
}
