using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>Reads the pieces that LLaVA-shaped rows are made of: ids, image names, turns. Unknown fields are ignored.</summary>
internal static class ConversationRow
{
    /// <summary>The word that stands for an image in a turn.</summary>
    public const string Placeholder = "<image>";

    public const int MostImages = 16;
    public const int MostTurns = 1000;

    public static string? Id(JsonElement row, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (row.ValueKind == JsonValueKind.Object && row.TryGetProperty(name, out var id))
            {
                if (id.ValueKind == JsonValueKind.String)
                    return id.GetString();
                if (id.ValueKind == JsonValueKind.Number)
                    return id.GetRawText();
            }
        }
        return null;
    }

    /// <summary>The first of these fields that is there: a name, a list of names, or nothing.</summary>
    public static string[] Images(JsonElement row, params ReadOnlySpan<string> fields)
    {
        var (field, image) = ("", default(JsonElement));
        foreach (var name in fields)
        {
            if (!row.TryGetProperty(name, out image) || image.ValueKind == JsonValueKind.Null)
                continue;
            field = name;
            break;
        }
        if (field.Length == 0)
            return [];
        if (image.ValueKind == JsonValueKind.String)
            return [Name(image)];
        if (image.ValueKind != JsonValueKind.Array)
            throw new RowException($"{field} is {Kind(image)}; expected a name or a list of names");
        return image.GetArrayLength() <= MostImages
            ? [.. image.EnumerateArray().Select(Name)]
            : throw new RowException($"{image.GetArrayLength()} images; the limit is {MostImages}");
    }

    /// <summary>A list of <c>{from, value}</c> that alternates between human and gpt, and ends with gpt.</summary>
    public static Turn[] Turns(JsonElement row, string field)
    {
        if (!row.TryGetProperty(field, out var list) || list.ValueKind == JsonValueKind.Null)
            throw new RowException($"no {field}");
        var turns = Elements(list, field).Select((turn, index) => ReadTurn(turn, field, index)).ToArray();
        return turns[^1].Role == Role.Assistant
            ? turns
            : throw new RowException($"{field} ends with a turn of human: no answer to learn");
    }

    /// <summary>The elements of a list of turns: one at least, and not too many.</summary>
    public static JsonElement[] Elements(JsonElement list, string field)
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw new RowException($"{field} is {Kind(list)}; expected a list of turns");
        var count = list.GetArrayLength();
        return count is > 0 and <= MostTurns
            ? [.. list.EnumerateArray()]
            : throw new RowException(count == 0 ? $"{field} is empty" : $"{count} turns in {field}; the limit is {MostTurns}");
    }

    /// <summary>That every image has its placeholder in a human turn, and exists.</summary>
    public static void CheckImages(IReadOnlyList<string> images, IReadOnlyList<Turn> turns, IImageSource source)
    {
        CheckPlaceholders(images, turns);
        foreach (var name in images)
        {
            if (Path.IsPathRooted(name) || name.Split('/', '\\').Contains(".."))
                throw new RowException($"image '{name}' leaves the image folder");
            if (!source.Contains(name))
                throw new RowException($"image '{name}' is missing");
        }
    }

    /// <summary>That every image has its placeholder in a human turn.</summary>
    public static void CheckPlaceholders(IReadOnlyList<string> images, IReadOnlyList<Turn> turns)
    {
        if (turns.Any(turn => turn.Role == Role.Assistant && turn.Text.Contains(Placeholder, StringComparison.Ordinal)))
            throw new RowException($"{Placeholder} in an answer; it may stand in human turns only");
        var placeholders = turns.Sum(turn => Placeholders(turn.Text));
        if (placeholders > MostImages)
            throw new RowException($"{placeholders} {Placeholder} placeholders; the limit is {MostImages}");
        if (placeholders != images.Count)
            throw new RowException($"{Count(placeholders, $"{Placeholder} placeholder")} for {Count(images.Count, "image")}");
    }

    /// <summary>An image's name; of a leading <c>./</c> nothing is left.</summary>
    public static string Name(JsonElement image)
    {
        if (image.ValueKind != JsonValueKind.String)
            throw new RowException($"an image name is {Kind(image)}; expected text");
        var name = image.GetString()!;
        while (name.StartsWith("./", StringComparison.Ordinal))
            name = name[2..];
        return name.Length > 0 ? name : throw new RowException("an image name is empty; expected text");
    }

    public static int Placeholders(string text) => text.AsSpan().Count(Placeholder);

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        _ => "a boolean",
    };

    private static Turn ReadTurn(JsonElement turn, string field, int index)
    {
        var where = $"turn {index + 1} of {field}";
        if (turn.ValueKind != JsonValueKind.Object)
            throw new RowException($"{where} is {Kind(turn)}; expected {{from, value}}");
        var from = turn.TryGetProperty("from", out var role) && role.ValueKind == JsonValueKind.String ? role.GetString()! : "";
        var expected = index % 2 == 0 ? "human" : "gpt";
        if (from is not ("human" or "gpt"))
            throw new RowException($"{where} has the unknown role '{from}'; allowed: human, gpt");
        if (from != expected)
            throw new RowException($"{where} is from {from}; expected {expected}: turns alternate, human first");
        if (!turn.TryGetProperty("value", out var value))
            throw new RowException($"{where} has no text: value is missing");
        if (value.ValueKind != JsonValueKind.String)
            throw new RowException($"{where} has no text: value is {Kind(value)}");
        return value.GetString() is { Length: > 0 } text
            ? new Turn(index % 2 == 0 ? Role.Human : Role.Assistant, text)
            : throw new RowException($"{where} is empty");
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
