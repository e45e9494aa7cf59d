namespace LlavaMod.Recipes.Yaml;

/// <summary>A piece of YAML that knows where it stands. Immutable, so that aliases may share it.</summary>
internal abstract class YamlNode(YamlSource source)
{
    public YamlSource Source { get; } = source;

    /// <summary>How many nodes it is made of, with every alias written out.</summary>
    public abstract long Size { get; }

    public bool IsNull => this is YamlScalar { Plain: true, Text: "" or "~" or "null" or "Null" or "NULL" };

    /// <summary>As a message shows the value.</summary>
    public abstract string Shown { get; }
}

/// <summary>Text. <paramref name="plain"/> is text without quotes, which may stand for a number, a boolean or null.</summary>
internal sealed class YamlScalar(YamlSource source, string text, bool plain) : YamlNode(source)
{
    private const int LongestShown = 60;

    public string Text { get; } = text;

    public bool Plain { get; } = plain;

    public override long Size => 1;

    public override string Shown
    {
        get
        {
            if (IsNull)
                return "null";
            var line = Text.Length > LongestShown ? Text[..LongestShown] + "…" : Text;
            line = line.ReplaceLineEndings(" ");
            return Plain ? line : $"\"{line}\"";
        }
    }
}

/// <summary>A list.</summary>
internal sealed class YamlList(YamlSource source, IReadOnlyList<YamlNode> items) : YamlNode(source)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override long Size { get; } = 1 + items.Sum(item => item.Size);

    public override string Shown => Items.All(item => item is YamlScalar)
        ? $"[{string.Join(", ", Items.Take(8).Select(item => item.Shown))}{(Items.Count > 8 ? ", …" : "")}]"
        : $"a list of {Items.Count}";

    /// <summary>Whether every item is a mapping with a <c>name</c>, so that lists merge by it.</summary>
    public bool IsNamed => Items.Count > 0 && Items.All(item => NameOf(item) is not null);

    public static string? NameOf(YamlNode item) =>
        item is YamlMap map && map.Find("name") is YamlScalar { IsNull: false } name ? name.Text : null;
}

/// <summary>A mapping; keys are unique and in the order in which they were written.</summary>
internal sealed class YamlMap(YamlSource source, IReadOnlyList<KeyValuePair<string, YamlNode>> entries) : YamlNode(source)
{
    public IReadOnlyList<KeyValuePair<string, YamlNode>> Entries { get; } = entries;

    public override long Size { get; } = 1 + entries.Sum(entry => 1 + entry.Value.Size);

    public override string Shown => $"a mapping of {Entries.Count} keys";

    public YamlNode? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key).Value;

    public YamlMap Without(string key) => new(Source, [.. Entries.Where(entry => entry.Key != key)]);
}
