using System.CommandLine;
using LlavaMod.Runs;

namespace LlavaMod.Cli;

/// <summary>The model that a verb asks.</summary>
internal static class ModelArgument
{
    public static Argument<string> Create() => new("MODEL") { Description = "A model's folder with its tokenizer, such as runs/quickstart/models/d2s" };

    /// <summary>Refuses what is no model's folder.</summary>
    /// <param name="folder">What the user gave.</param>
    /// <param name="verb">What the verb does with a model.</param>
    /// <exception cref="UserError">There is no such folder, or it is a run's.</exception>
    public static void Require(string folder, string verb)
    {
        if (!Directory.Exists(folder)) throw new UserError($"{folder}: no such folder");
        if (!File.Exists(Path.Combine(folder, "recipe.yaml"))) return;
        var models = Directory.EnumerateDirectories(RunFolder.Open(folder).Model("")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        throw new UserError($"{folder} is a run; {verb} one of its models, {Path.Combine(folder, "models", "NAME")}: {string.Join(", ", models)}");
    }
}
