using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;

namespace LlavaMod.Data.Formats;

/// <summary>
/// WebDataset: .tar shards in which files of one base name that follow each other are a sample, pictures beside a <c>.txt</c> with the caption
/// or a <c>.json</c> with a conversation (<c>conversations</c> or <c>messages</c>). A .json without one describes the picture otherwise, as
/// img2dataset's does, and the caption is used.
/// </summary>
[DatasetFormat("webdataset", Summary = "WebDataset .tar shards: pictures with captions (.txt) or conversations (.json)")]
public sealed class WebDatasetFormat(WebDatasetFormat.Options options) : IDatasetFormat
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public IDataset Open(Func<string, IImageSource> openImages) =>
        new ShardDataset(options.Path, Parse, options.Limit, options.OnError, options.MaxErrorShare);

    private Sample Parse(string key, string[] images, Func<string, byte[]?> text)
    {
        if (images.Length > ConversationRow.MostImages)
            throw new RowException($"{images.Length} images; the limit is {ConversationRow.MostImages}");
        if (text("json") is { } json && Conversation(json) is { } turns)
        {
            ConversationRow.CheckPlaceholders(images, turns);
            return new Sample(key, images, turns);
        }
        if (text("txt") is not { } words)
            throw new RowException("neither a .txt with a caption nor a .json with a conversation");
        if (images.Length == 0)
            throw new RowException("a caption without a picture");
        var prompt = string.Concat(Enumerable.Repeat(ConversationRow.Placeholder + "\n", images.Length)) + options.Prompt;
        return new Sample(key, images, [new Turn(Role.Human, prompt), new Turn(Role.Assistant, Caption(words))]);
    }

    private static Turn[]? Conversation(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            var row = document.RootElement;
            if (row.ValueKind != JsonValueKind.Object || !(row.TryGetProperty("conversations", out _) || row.TryGetProperty("messages", out _)))
                return null;
            return MessageTurns.Read(row, leaveOutSystem: false).Turns;
        }
        catch (JsonException e)
        {
            throw new RowException($"its .json is not JSON: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static string Caption(byte[] words)
    {
        try
        {
            var caption = Strict.GetString(words).Trim();
            if (caption.Contains(ConversationRow.Placeholder, StringComparison.Ordinal))
                throw new RowException($"{ConversationRow.Placeholder} in its caption");
            return caption.Length > 0 ? caption : throw new RowException("its caption is empty");
        }
        catch (DecoderFallbackException)
        {
            throw new RowException("its caption is not UTF-8");
        }
    }

    /// <summary>Where the shards are.</summary>
    public sealed record Options : IDatasetOptions
    {
        /// <summary>A shard, a folder of shards, or a pattern such as <c>data/train-*.tar</c> or <c>data/train-{000..123}.tar</c>.</summary>
        [RecipePath(Pattern = true)]
        public required string Path { get; init; } = "";

        /// <summary>What the user says where a picture has only a caption.</summary>
        public string Prompt { get; init; } = "Describe the image.";

        /// <summary>How many samples to take from the start; null takes all.</summary>
        [Range(1, int.MaxValue)]
        public int? Limit { get; init; }

        /// <summary>What happens when a sample turns out to be broken.</summary>
        public OnError OnError { get; init; }

        /// <summary>Part of the samples that may be broken under <c>on_error: skip</c>.</summary>
        [Range(0.0, 1.0)]
        public double MaxErrorShare { get; init; } = BrokenRows.DefaultShare;

        /// <inheritdoc/>
        public bool YieldsPairs => false;
    }
}
