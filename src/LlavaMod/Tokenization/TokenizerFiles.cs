using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>The files of a tokenizer as they lie on disk, so that a model trained from a folder carries its tokenizer byte for byte.</summary>
/// <param name="Contents">Contents by name, without a folder.</param>
internal sealed record TokenizerFiles(IReadOnlyList<KeyValuePair<string, byte[]>> Contents)
{
    /// <summary>The largest file that is read, in bytes.</summary>
    public const long SizeLimit = 128 << 20;

    /// <summary>Names of all files that belong to a tokenizer, and to nothing else.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json",
    ];

    /// <summary>Reads those that a folder has.</summary>
    /// <exception cref="UserError">One is too large or unreadable.</exception>
    public static TokenizerFiles Read(string folder) => new(
    [
        .. Names.Select(name => (Name: name, Path: Path.Combine(folder, name))).Where(file => File.Exists(file.Path))
            .Select(file => KeyValuePair.Create(file.Name, BoundedFile.Read(file.Path, SizeLimit))),
    ]);

    /// <summary>Writes all of them.</summary>
    public void Write(string folder)
    {
        foreach (var (name, bytes) in Contents)
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }
}
