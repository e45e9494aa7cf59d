using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Conversations about pictures as LLaVA stores them, a JSON array or JSON Lines of
/// <c>{id, image, conversations: [{from: human | gpt, value}, ...]}</c>. <c>image</c> may be left out or be a list; every image has one
/// <c>&lt;image&gt;</c> in a human turn.
/// </summary>
[DatasetFormat("llava", Summary = "LLaVA JSON or JSONL of conversations, pictures in a folder, .zip or .tar")]
public sealed class LlavaFormat(LlavaFormat.Options options) : IDatasetFormat
{
    /// <inheritdoc/>
    public IDataset Open(Func<string, IImageSource> openImages) =>
        Read(options, options is { Images: { } images, TextOnly: false } ? openImages(images) : NoImages.Instance);

    internal static FileDataset<Sample> Read(Options options, IImageSource images)
    {
        RowParser<Sample> parse = options.TextOnly ? ParseText : Parse;
        return new FileDataset<Sample>(options, images, parse, "id");
    }

    private static Sample Parse(JsonElement row, string id, IImageSource source) => Parse(row, id, (images, turns) =>
    {
        ConversationRow.CheckImages(images, turns, source);
        return (images, turns);
    });

    private static Sample ParseText(JsonElement row, string id, IImageSource source) =>
        Parse(row, id, (_, turns) => ([], [.. turns.Select(WithoutImages)]));

    private static Sample Parse(JsonElement row, string id, Func<string[], Turn[], (string[], Turn[])> check)
    {
        if (row.ValueKind != JsonValueKind.Object)
            throw new RowException($"the row is {ConversationRow.Kind(row)}; expected an object with conversations");
        var (images, turns) = check(ConversationRow.Images(row, "image"), ConversationRow.Turns(row, "conversations"));
        return new Sample(id, images, turns);
    }

    private static Turn WithoutImages(Turn turn)
    {
        if (ConversationRow.Placeholders(turn.Text) == 0)
            return turn;
        const string Image = ConversationRow.Placeholder;
        var text = turn.Text.Replace(Image + "\n", "").Replace("\n" + Image, "").Replace(Image, "");
        return text.Length > 0
            ? turn with { Text = text }
            : throw new RowException("a human turn is nothing but images, and text_only leaves them out");
    }

    /// <summary>Where the conversations and pictures are.</summary>
    public sealed record Options : RowFileOptions
    {
        /// <summary>Leaves the images and their placeholders out, to train a language model on the words alone.</summary>
        public bool TextOnly { get; init; }
    }
}
