using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Tokenization;
using Microsoft.Extensions.AI;

namespace LlavaMod.Generation;

/// <summary>Microsoft.Extensions.AI's messages as a conversation. System messages come first; with the call's instructions they are one text.</summary>
internal static class ChatMessages
{
    private const string Placeholder = ChatTemplate.ImagePlaceholder;

    /// <summary>Reads messages.</summary>
    /// <param name="messages">The messages, the user's last.</param>
    /// <param name="instructions">Said before every system message; null for nothing.</param>
    /// <exception cref="UserError">A message, or something in it, that no model here takes; a picture that cannot be read.</exception>
    public static Conversation Read(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var system = new List<string>();
        if (!string.IsNullOrEmpty(instructions)) system.Add(instructions);
        var turns = new List<Turn>();
        var pictures = new List<RgbImage>();
        int number = 0;
        foreach (var message in messages)
        {
            string where = $"message {++number}";
            if (message.Role == ChatRole.System) system.Add(turns.Count == 0 ? Text(message, where) : throw new UserError($"{where} is a system message behind others; system messages come first"));
            else if (message.Role == ChatRole.User) turns.Add(new Turn(Role.Human, Question(message, where, pictures)));
            else if (message.Role == ChatRole.Assistant) turns.Add(new Turn(Role.Assistant, Text(message, where)));
            else throw new UserError($"{where} has the role '{message.Role.Value}'; there are system, user and assistant");
        }
        if (turns is not [.., { Role: Role.Human }]) throw new UserError("the last message is not the user's; there is nothing to answer");
        return new Conversation(turns, pictures) { System = system.Count == 0 ? null : string.Join("\n", system) };
    }

    private static string Text(ChatMessage message, string where) => string.Concat(message.Contents.Select(content =>
        content is TextContent text ? Checked(text.Text, where) : throw new UserError($"{where}, of the {message.Role.Value}, holds {Name(content)}; it may hold text alone")));

    private static string Question(ChatMessage message, string where, List<RgbImage> pictures) => string.Concat(message.Contents.Select(content =>
    {
        if (content is TextContent text) return Checked(text.Text, where);
        pictures.Add(ImageDecoder.Decode(PictureBytes(content, where), $"picture {pictures.Count + 1}, of {where}"));
        return Placeholder + "\n";
    }));

    private static ReadOnlySpan<byte> PictureBytes(AIContent content, string where)
    {
        var data = content switch
        {
            DataContent bytes => bytes,
            UriContent { Uri.Scheme: "data" } address => Inline(address, where),
            UriContent address => throw new UserError($"{where} holds the address of a picture ({address.Uri.Scheme}:); nothing is fetched: send the picture's bytes, or a data: address"),
            _ => throw new UserError($"{where} holds {Name(content)}; it may hold texts and pictures"),
        };
        return data.HasTopLevelMediaType("image")
            ? data.Data.Span
            : throw new UserError($"{where} holds data of the type {data.MediaType}; it may hold texts and pictures (image/*)");
    }

    private static DataContent Inline(UriContent address, string where)
    {
        try
        {
            return new DataContent(address.Uri, address.MediaType);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new UserError($"{where}: the data: address cannot be read: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static string Checked(string text, string where) => !text.Contains(Placeholder, StringComparison.Ordinal)
        ? text
        : throw new UserError($"the text of {where} holds {Placeholder}, which stands for a picture; send pictures as contents of their own");

    private static string Name(AIContent content) => $"a {content.GetType().Name}";
}
