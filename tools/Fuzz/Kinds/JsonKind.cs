using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>JSON: values, keys and nesting change; escapes of halves of characters, and bytes that are not UTF-8, come as words.</summary>
[FileKind("json", Summary = "JSON")]
public sealed class JsonKind : FileKind
{
    internal static readonly string[] JsonWords =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\ud800", "\\udc00\\ud800", "\\u0000", "\\u", "null", "true", "1e999", "-", ".", "//", "\xff", "\xc0\x80", "\xef\xbb\xbf",
        "\xed\xa0\x80", "\0", "\n", "\r", "[[[[[[[[", "{\"a\":", "\"__metadata__\"", "../outside/", Specimen.Outside + "/",
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [.. JsonMutations.All, TextMutations.SetNumber];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words => JsonWords;
}
