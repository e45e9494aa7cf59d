using System.Text.Json;

namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>A value of a JSON file that knows where it stands, so that what is wrong with it can be said in one line.</summary>
/// <param name="Element">The value; undefined where it is absent.</param>
/// <param name="File">The file's path.</param>
/// <param name="Place">Where it stands, as <c>model.vocab</c>.</param>
internal readonly record struct JsonPart(JsonElement Element, string File, string Place)
{
    /// <summary>A property; absent where this is no object.</summary>
    public JsonPart this[string name] => new(
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) ? value : default,
        File, Place.Length == 0 ? name : $"{Place}.{name}");

    /// <summary>Whether it is absent or null.</summary>
    public bool IsAbsent => Element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>This, which is an object.</summary>
    public JsonPart RequireObject() => Element.ValueKind == JsonValueKind.Object ? this : throw Wrong("it must be an object");

    /// <summary>The property <c>type</c>; null where it is absent.</summary>
    public string? Type() => this["type"] is { IsAbsent: false } type ? type.Text() : null;

    /// <summary>The elements of an array; none where it is absent.</summary>
    public IEnumerable<JsonPart> Items()
    {
        if (IsAbsent)
            return [];
        if (Element.ValueKind != JsonValueKind.Array)
            throw Wrong("it must be an array");
        var (file, place) = (File, Place);
        return Element.EnumerateArray().Select((item, index) => new JsonPart(item, file, $"{place}[{index}]"));
    }

    /// <summary>A string.</summary>
    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("it must be a string");

    /// <summary>A whole number.</summary>
    public int Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var number) ? number : throw Wrong("it must be a whole number");

    /// <summary>A truth value.</summary>
    /// <param name="otherwise">What an absent one means.</param>
    public bool Flag(bool otherwise = false) => IsAbsent ? otherwise : Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("it must be true or false"),
    };

    /// <summary>Refuses a value that is not <paramref name="expected"/>.</summary>
    public void RequireFlag(bool expected, bool otherwise)
    {
        if (Flag(otherwise) != expected)
            throw Unsupported(expected ? "false" : "true", $"it must be {(expected ? "true" : "false")} here");
    }

    /// <summary>Refuses a value that is present and says something.</summary>
    public void RequireNothing()
    {
        if (!IsAbsent && !(Element.ValueKind == JsonValueKind.String && Element.GetString()!.Length == 0))
            throw Unsupported(Shown(), "it must be null");
    }

    /// <summary>The error of a value that is understood and not supported.</summary>
    public UserError Unsupported(string? value, string known) => new($"{File}: {Place} {value ?? "(absent)"} is not supported; {known}.");

    /// <summary>The error of a malformed value.</summary>
    public UserError Wrong(string what) => new($"{File}: {Place} is {Shown()}; {what}.");

    private string Shown()
    {
        if (IsAbsent)
            return "absent";
        if (Element.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            return Type(this) ?? (Element.ValueKind == JsonValueKind.Object ? "an object" : "an array");
        var text = (Element.ValueKind == JsonValueKind.String ? $"\"{Element.GetString()}\"" : Element.GetRawText()).ReplaceLineEndings(" ");
        return text.Length <= 80 ? text : text[..80] + "...";
    }

    private static string? Type(JsonPart part) => part["type"].Element is { ValueKind: JsonValueKind.String } type ? type.GetString() : null;
}
