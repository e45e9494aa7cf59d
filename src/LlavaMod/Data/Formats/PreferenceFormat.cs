using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Preference pairs, a JSON array or JSON Lines. LLaVA-MoD's layout has two conversations with the same prompt,
/// <c>{id, image, chosen: [{from, value}, ...], rejected: [...]}</c>; RLAIF-V's has texts,
/// <c>{idx, image or image_path, question, chosen, rejected}</c>, where the images come before the question.
/// </summary>
[DatasetFormat("preference", Summary = "preference pairs, LLaVA-MoD's or RLAIF-V's JSON or JSONL, pictures in a folder, .zip or .tar")]
public sealed class PreferenceFormat(PreferenceFormat.Options options) : IDatasetFormat
{
    /// <inheritdoc/>
    public IDataset Open(Func<string, IImageSource> openImages) =>
        Read(options, options.Images is { } images ? openImages(images) : NoImages.Instance);

    internal static FileDataset<PreferencePair> Read(Options options, IImageSource images) =>
        new(options, images, Parse, "id", "idx", "ds_question_id");

    private static PreferencePair Parse(JsonElement row, string id, IImageSource source)
    {
        if (row.ValueKind != JsonValueKind.Object)
            throw new RowException($"the row is {ConversationRow.Kind(row)}; expected an object with chosen and rejected");
        var images = ConversationRow.Images(row, "image", "image_path");
        var (chosen, rejected) = (Answer(row, "chosen", images.Length), Answer(row, "rejected", images.Length));
        if (!chosen[..^1].SequenceEqual(rejected[..^1]))
            throw new RowException("chosen and rejected have different prompts");
        ConversationRow.CheckImages(images, chosen, source);
        ConversationRow.CheckImages(images, rejected, source);
        return new PreferencePair(id, images, chosen, rejected);
    }

    private static Turn[] Answer(JsonElement row, string field, int images)
    {
        if (!row.TryGetProperty(field, out var answer) || answer.ValueKind != JsonValueKind.String)
            return ConversationRow.Turns(row, field);
        var asked = row.TryGetProperty("question", out var question) && question.ValueKind == JsonValueKind.String;
        if (!asked || question.GetString() is not { Length: > 0 } prompt)
            throw new RowException($"{field} is text, and there is no question to it");
        if (answer.GetString() is not { Length: > 0 } text)
            throw new RowException($"{field} is empty");
        if (ConversationRow.Placeholders(prompt) == 0)
            prompt = string.Concat(Enumerable.Repeat(ConversationRow.Placeholder + "\n", images)) + prompt;
        return [new Turn(Role.Human, prompt), new Turn(Role.Assistant, text)];
    }

    /// <summary>Where the pairs and pictures are.</summary>
    public sealed record Options : RowFileOptions
    {
        /// <inheritdoc/>
        public override bool YieldsPairs => true;
    }
}
