using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Conversations as chat trainers store them, a JSON array or JSON Lines of <c>{messages: [{role, content}, ...], images: [name, ...]}</c> or
/// of ShareGPT's <c>{conversations: [{from, value}, ...], images}</c>. Every image has one <c>&lt;image&gt;</c> in a turn of the user, or one
/// part <c>{type: image}</c>, which may name it.
/// </summary>
[DatasetFormat("messages", Summary = "ShareGPT or messages JSON or JSONL of conversations, pictures in a folder, .zip or .tar")]
public sealed class MessagesFormat(MessagesFormat.Options options) : IDatasetFormat
{
    /// <inheritdoc/>
    public IDataset Open(Func<string, IImageSource> openImages) =>
        Read(options, options.Images is { } images ? openImages(images) : NoImages.Instance);

    internal static FileDataset<Sample> Read(Options options, IImageSource images) => new(
        options, images, (row, id, source) => Parse(row, id, source, options.LeaveOutSystem), "id");

    private static Sample Parse(JsonElement row, string id, IImageSource source, bool leaveOutSystem)
    {
        if (row.ValueKind != JsonValueKind.Object)
            throw new RowException($"the row is {ConversationRow.Kind(row)}; expected an object with messages");
        var (turns, named) = MessageTurns.Read(row, leaveOutSystem);
        var listed = ConversationRow.Images(row, "images", "image");
        if (listed.Length > 0 && named.Count > 0)
            throw new RowException("images are named both in the turns and beside them");
        string[] images = [.. listed, .. named];
        ConversationRow.CheckImages(images, turns, source);
        return new Sample(id, images, turns);
    }

    /// <summary>Where the conversations and pictures are.</summary>
    public sealed record Options : RowFileOptions
    {
        /// <summary>Leaves out the system's turn that a conversation may begin with; otherwise such a row is broken.</summary>
        public bool LeaveOutSystem { get; init; }
    }
}
