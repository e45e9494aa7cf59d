using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Tokenization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Text of published files, compressed or not.</summary>
internal static class PublishedFile
{
    private const int LongestLine = 1 << 28;
    private const long MostCharacters = 2L << 30; // MMBench's tables hold their pictures

    /// <summary>The lines of a file.</summary>
    /// <exception cref="UserError">It cannot be read, is damaged, or is too large.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = Open(path);
        long characters = 0;
        while (ReadLine(path, reader) is { } line)
        {
            characters += line.Length;
            if (characters > MostCharacters) throw new UserError($"{path}: more than {MostCharacters:N0} characters; not a benchmark's file");
            yield return line;
        }
    }

    /// <summary>A JSON document.</summary>
    /// <exception cref="UserError">It cannot be read or is not JSON.</exception>
    public static JsonElement Json(string path)
    {
        try
        {
            return Parse(string.Join('\n', Lines(path)));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path}: not JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The rows of JSON Lines, or of a JSON array.</summary>
    /// <exception cref="UserError">It cannot be read, or a line is not a JSON object.</exception>
    public static IEnumerable<PublishedRow> Rows(string path)
    {
        int number = 0;
        bool isArray = Lines(path).FirstOrDefault(line => line.Length > 0)?.TrimStart().StartsWith('[') == true;
        var rows = isArray ? Json(path).EnumerateArray() : Lines(path).Where(line => line.Length > 0).Select(line => ParseLine(path, line, ++number));
        int row = 0;
        foreach (var value in rows)
        {
            row++;
            yield return new PublishedRow(path, row, value);
        }
    }

    /// <summary>The rows of a list within a JSON object.</summary>
    /// <exception cref="UserError">It cannot be read, or has no such list.</exception>
    public static IEnumerable<PublishedRow> List(string path, string name)
    {
        var document = Json(path);
        if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new UserError($"{path}: has no list named {name}");
        return list.EnumerateArray().Select((value, index) => new PublishedRow(path, index + 1, value));
    }

    private static JsonElement ParseLine(string path, string line, int number)
    {
        try
        {
            return Parse(line);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path}: line {number} is not JSON: {exception.Message}", exception);
        }
    }

    private static JsonElement Parse(string text)
    {
        var value = JsonElement.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        if (text.Contains("\\u", StringComparison.Ordinal)) JsonFile.RequireUnicode(Encoding.UTF8.GetBytes(text)); // else there is no half of a character
        return value;
    }

    /// <summary>Opens a file, through decompression where it ends in .gz.</summary>
    /// <exception cref="UserError">It cannot be opened.</exception>
    public static StreamReader Open(string path) => new(OpenStream(path), Encoding.UTF8);

    /// <inheritdoc cref="Open"/>
    public static Stream OpenStream(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static string? ReadLine(string path, StreamReader reader)
    {
        try
        {
            if (reader.Peek() < 0) return null;
            var line = new StringBuilder();
            for (int next; (next = reader.Read()) >= 0 && next != '\n';)
            {
                if (next == '\r' && reader.Peek() is '\n') continue;
                if (next == '\r') break;
                // A small .gz may hold a line that no memory does.
                if (line.Length == LongestLine) throw new UserError($"{path}: a line of more than {LongestLine:N0} characters; not a benchmark's file");
                line.Append((char)next);
            }
            return line.ToString();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new UserError($"{path}: cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>One object of a published file.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="place">What messages call it.</param>
/// <param name="value">The object.</param>
internal sealed class PublishedRow(string path, string place, JsonElement value)
{
    private readonly JsonElement value = value.ValueKind == JsonValueKind.Object ? value : throw new UserError($"{path}: {place} is not a JSON object");

    /// <summary>One of many.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="number">Its place in the file, from 1.</param>
    /// <param name="value">The object.</param>
    public PublishedRow(string path, int number, JsonElement value)
        : this(path, $"row {number}", value)
    {
    }

    /// <summary>The object itself.</summary>
    public JsonElement Value => value;

    /// <summary>A text or number, as text.</summary>
    /// <exception cref="UserError">It is missing, or neither text nor number.</exception>
    public string Text(string name) => TextOr(name, null) ?? throw Complaint($"has no {name}");

    /// <summary>A text or number, as text; something else where it is missing.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(otherwise))]
    public string? TextOr(string name, string? otherwise) => !value.TryGetProperty(name, out var found) || found.ValueKind == JsonValueKind.Null
        ? otherwise
        : found.ValueKind switch
        {
            JsonValueKind.String => found.GetString()!,
            JsonValueKind.Number => found.GetRawText(),
            _ => throw Complaint($"has {found.ValueKind} as {name}; expected text"),
        };

    /// <summary>A question's text. Where the picture goes is for the prompt to say.</summary>
    /// <exception cref="UserError">It is missing, or has a picture's place in it.</exception>
    public string Question(string name) => Text(name) is var text && text.Contains(ChatTemplate.ImagePlaceholder, StringComparison.Ordinal)
        ? throw Complaint($"has {ChatTemplate.ImagePlaceholder} within its {name}; the picture's place is before it")
        : text;

    /// <summary>Whether there is a whole number, and not a text.</summary>
    public bool IsWhole(string name) =>
        value.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.Number && found.TryGetInt64(out long whole) && found.GetRawText() == $"{whole}";

    /// <summary>A finite number.</summary>
    /// <exception cref="UserError">It is missing or something else.</exception>
    public double Number(string name) => value.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out double number) && double.IsFinite(number)
        ? number
        : throw Complaint($"has no number named {name}");

    /// <summary>A whole number.</summary>
    /// <exception cref="UserError">It is missing or something else.</exception>
    public int Whole(string name) => value.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.Number && found.TryGetInt32(out int number)
        ? number
        : throw Complaint($"has no whole number named {name}");

    /// <summary>A list of texts.</summary>
    /// <exception cref="UserError">It is missing or something else.</exception>
    public string[] Texts(string name) =>
        value.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw Complaint($"has no list of texts named {name}");

    /// <summary>What rows say, by a key that each has for itself.</summary>
    /// <exception cref="UserError">Two rows have one key.</exception>
    public static Dictionary<string, T> ByKey<T>(IEnumerable<PublishedRow> rows, Func<PublishedRow, string> key, Func<PublishedRow, T> value)
    {
        var found = new Dictionary<string, T>();
        foreach (var row in rows)
        {
            if (!found.TryAdd(key(row), value(row))) throw row.Complaint($"is another '{key(row)}'");
        }
        return found;
    }

    /// <summary>An error about this row.</summary>
    public UserError Complaint(string what) => new($"{path}: {place} {what}");
}
