using LlavaMod.Data.Images;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Answers;

/// <summary>One of many prompts.</summary>
/// <param name="Id">Its id, which no other has.</param>
/// <param name="Images">Names of its pictures.</param>
/// <param name="Text">What is asked.</param>
internal sealed record PromptRow(string Id, IReadOnlyList<string> Images, string Text)
{
    /// <summary>Reads JSON Lines of <c>{id, image, prompt}</c>, where image is a name, a list of them, or missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">Where the pictures are; each must be there.</param>
    /// <exception cref="UserError">A row is malformed, its id is another's, or a picture of it is missing.</exception>
    public static IReadOnlyList<PromptRow> Read(string path, IImageSource images)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: no such file");
        var rows = PublishedRow.ByKey(PublishedFile.Rows(path), row => row.Text("id"), row => Parse(row, images)).Values.ToList();
        return rows.Count > 0 ? rows : throw new UserError($"{path}: holds no prompt");
    }

    /// <summary>What the model is asked, with its pictures decoded.</summary>
    /// <exception cref="UserError">A picture is broken.</exception>
    public Conversation Conversation(IImageSource images, string? system) => Asking.Once(
        $"prompt '{Id}'", Text, [.. Images.Select(name => ImageDecoder.Decode(images.Read(name), name))], system);

    private static PromptRow Parse(PublishedRow row, IImageSource images)
    {
        string[] names = NamesIn(row);
        if (names.FirstOrDefault(name => !images.Contains(name)) is { } missing) throw row.Complaint($"names the picture '{missing}', which is not there");
        string text = row.Text("prompt");
        return !string.IsNullOrWhiteSpace(text) ? new PromptRow(row.Text("id"), names, text) : throw row.Complaint("has an empty prompt");
    }

    private static string[] NamesIn(PublishedRow row)
    {
        bool one = row.Value.TryGetProperty("image", out var image), many = row.Value.TryGetProperty("images", out _);
        if (one && many) throw row.Complaint("has image and images; one of them is enough");
        if (many) return row.Texts("images");
        return !one || image.ValueKind == System.Text.Json.JsonValueKind.Null ? []
            : image.ValueKind == System.Text.Json.JsonValueKind.Array ? row.Texts("image")
            : [row.Text("image")];
    }
}
