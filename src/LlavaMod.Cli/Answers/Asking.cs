using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Answers;

/// <summary>What verbs that ask a model have in common.</summary>
internal static class Asking
{
    /// <summary>Loads a model in the type in which it is stored. What is assumed is told where errors are.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="verb">What is done with it.</param>
    /// <param name="terminal">Where to tell it.</param>
    /// <exception cref="UserError">It cannot be loaded.</exception>
    public static ChatModel Load(string folder, string verb, Terminal terminal)
    {
        ModelArgument.Require(folder, verb);
        return ChatModel.Load(folder, ModelFolder.StoredType(folder), report: note => terminal.Error.WriteLine(TerminalText.Of(note)));
    }

    /// <summary>Reads a picture.</summary>
    /// <exception cref="UserError">It is missing, too large or broken.</exception>
    public static RgbImage Picture(string path) => ImageDecoder.Decode(BoundedFile.Read(path, ImageLimits.Default.MaxBytes), path);

    /// <summary>A conversation of one turn.</summary>
    public static Conversation Once(string name, string text, IReadOnlyList<RgbImage> pictures, string? system) =>
        new([Conversation.Question(text, pictures.Count)], pictures) { Name = name, System = system };
}
