using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>YAML: lines move and change their depth; anchors, tags, merges and documents come as words.</summary>
[FileKind("yaml", Summary = "YAML")]
public sealed class YamlKind : FileKind
{
    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations => TextMutations.All;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
    [
        "&a ", "*a", "<<: *a\n", "!!python/object:os.system ", "!!binary ", "---\n", "...\n", "%YAML 9.9\n", "? ", "- ", ": ", "|\n", ">-\n", "{", "}", "[", "]", ", ", "'", "\"",
        "null", "~", "true", "extends: recipe.yaml\n", "extends: /dev/null\n", "name: ", "stages:\n", "data: ", "path: ../outside/", "\t", "\xff", "\0", "\xef\xbb\xbf", "#",
        "&a [*a, *a]", "\u0085", "[[[[[[[[[[[[[[[[", "{a: {a: {a: {a: ", ".inf", ".nan", "1e999", "0o7",
    ];
}
