using System.Text.Json.Nodes;
using LlavaMod.Cli.Answers;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Chat;

/// <summary>A picture of a chat.</summary>
/// <param name="Path">Where it is from.</param>
/// <param name="Image">The picture.</param>
internal sealed record ChatPicture(string Path, RgbImage Image);

/// <summary>One model of a chat, with the conversation as it has it: its own answers, and what it was asked.</summary>
internal sealed class Talker(string name, ChatModel model) : IDisposable
{
    private readonly List<Turn> turns = [];
    private readonly List<ChatPicture> pictures = [];
    private string? system;

    /// <summary>What the user knows it by.</summary>
    public string Name => name;

    /// <summary>Whether it can be shown pictures.</summary>
    public bool Sees => model.Model.Tower is not null;

    /// <summary>The most tokens that it reads, answer included.</summary>
    public int Longest => model.Model.Config.Language.MaxPositionEmbeddings;

    /// <summary>Answers in the conversation.</summary>
    public int Answers => turns.Count / 2;

    /// <summary>What the last answer has taken; null before the first.</summary>
    public AnswerStatistics? Last { get; private set; }

    /// <summary>Begins to answer; the conversation stays as it is until <see cref="Keep"/>.</summary>
    /// <param name="question">The user's turn.</param>
    /// <param name="shown">Its pictures.</param>
    /// <param name="options">How it is answered.</param>
    /// <exception cref="UserError">The turn does not fit its pictures, or no room is left in what the model reads.</exception>
    public LiveAnswer Ask(Turn question, IReadOnlyList<ChatPicture> shown, GenerationOptions options)
    {
        var conversation = new Conversation([.. turns, question], [.. pictures.Concat(shown).Select(picture => picture.Image)]) { Name = "the conversation", System = system };
        int length = model.LengthOf(conversation);
        return length < Longest
            ? new LiveAnswer(model.Start([conversation], options))
            : throw new UserError($"the conversation has {length} tokens with its pictures, and {name} reads {Longest} in all, the answer included: /reset begins a new one");
    }

    /// <summary>Remembers a question with its answer, or with what came of it.</summary>
    public void Keep(Turn question, IReadOnlyList<ChatPicture> shown, LiveAnswer answer)
    {
        turns.AddRange([question, new Turn(Role.Assistant, answer.Text)]);
        pictures.AddRange(shown);
        Last = answer.Statistics;
    }

    /// <summary>Forgets the conversation; the system text stays.</summary>
    public void Reset()
    {
        turns.Clear();
        pictures.Clear();
        Last = null;
    }

    /// <summary>Puts a text in front of the conversation; null for the chat template's own.</summary>
    /// <exception cref="UserError">The template has no place for one.</exception>
    public void SetSystem(string? text) => system = text is null || model.Encoding.Template.WithSystem(text) is not null
        ? text
        : throw new UserError($"the chat template of {name}, '{model.Encoding.TemplateSpec.Name}', has no place for a system text");

    /// <summary>The conversation as a row of LLaVA JSON. Pictures below a folder are named as from there, others by their whole path.</summary>
    public JsonObject ToLlavaRow(string folder)
    {
        var row = new JsonObject { ["id"] = name };
        var names = pictures.Select(picture => NameIn(folder, picture.Path)).ToList();
        if (names.Count == 1) row["image"] = names[0];
        else if (names.Count > 1) row["image"] = new JsonArray([.. names.Select(name => (JsonNode)name)]);
        row["conversations"] = new JsonArray([.. turns.Select(turn => new JsonObject { ["from"] = turn.Role == Role.Human ? "human" : "gpt", ["value"] = turn.Text })]);
        return row;
    }

    private static string NameIn(string folder, string path)
    {
        string relative = Path.GetRelativePath(folder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(path) : relative;
    }

    public void Dispose() => model.Dispose();
}
