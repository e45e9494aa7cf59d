using System.Text.Json;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;

namespace LlavaMod.Data.Checking;

/// <summary>Opens a dataset to be checked: broken rows are reported and do not end the reading, whatever its options say.</summary>
public static class CheckedSource
{
    /// <summary>A recipe's dataset.</summary>
    /// <exception cref="UserError">It cannot be read.</exception>
    public static IDataset Open(DataSpec spec)
    {
        var entry = Catalog<IDatasetFormat>.Find(spec.Format);
        var values = spec.Options is null ? [] : RecordShape.Of(entry.OptionsType!).Members.ToDictionary(member => member.Property.Name, member => member.Property.GetValue(spec.Options));
        return Open(entry, values);
    }

    /// <summary>Files in a format.</summary>
    /// <param name="path">What <c>path</c> is in a recipe.</param>
    /// <param name="format">The format's name; <see cref="FormatOf"/> guesses it.</param>
    /// <param name="images">What <c>images</c> is in a recipe; null where no row has an image, or where the format brings its own.</param>
    /// <exception cref="UserError">They cannot be read, or the format reads no files.</exception>
    public static IDataset Open(string path, string format, string? images)
    {
        var entry = Catalog<IDatasetFormat>.Find(format);
        var values = new Dictionary<string, object?> { ["Path"] = path };
        if (images is not null)
            values["Images"] = images;
        foreach (var name in values.Keys.Where(name => !Has(entry, name)))
            throw new UserError($"format {format} has no {KeyName.Of(name)}");
        return Open(entry, values);
    }

    /// <summary>The format that files seem to have: shards by their ending, JSON by the fields of its first row.</summary>
    /// <exception cref="UserError">The file cannot be read.</exception>
    public static string FormatOf(string path)
    {
        if (Directory.Exists(path) || Path.GetExtension(path) == ".tar")
            return "webdataset";
        using var rows = new DiskList<RowSpan>();
        using var file = FileWindow.Open(path, Path.GetFileName(path));
        using var window = new FileWindow(file);
        JsonRows.Index(window, Path.GetFileName(path), limit: 1, rows);
        if (rows.Count == 0 || rows[0].Length > RowSpan.Largest)
            return "llava";
        var bytes = new byte[rows[0].Length];
        RandomAccess.Read(file.SafeFileHandle, bytes, rows[0].Offset);
        try
        {
            using var row = JsonDocument.Parse(bytes);
            return row.RootElement.ValueKind != JsonValueKind.Object ? "llava"
                : Names(row.RootElement, "chosen", "rejected") ? "preference"
                : Names(row.RootElement, "messages", "images") ? "messages"
                : "llava";
        }
        catch (JsonException)
        {
            return "llava";
        }
    }

    private static bool Names(JsonElement row, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (row.TryGetProperty(field, out _))
                return true;
        return false;
    }

    private static bool Has(CatalogEntry entry, string property) =>
        entry.OptionsType is { } type && RecordShape.Of(type).Members.Any(member => member.Property.Name == property);

    private static IDataset Open(CatalogEntry entry, Dictionary<string, object?> values)
    {
        if (entry.OptionsType is not { } type)
            return ((IDatasetFormat)entry.Create()).Open(ImageSource.Open);
        (values["OnError"], values["MaxErrorShare"]) = (OnError.Skip, 1.0);
        var shape = RecordShape.Of(type);
        var given = shape.Members.Where(member => values.ContainsKey(member.Property.Name)).ToDictionary(member => member, member => values[member.Property.Name]);
        return ((IDatasetFormat)entry.Create(shape.Create(given))).Open(ImageSource.Open);
    }
}
