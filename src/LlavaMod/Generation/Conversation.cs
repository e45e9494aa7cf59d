using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Tokenization;

namespace LlavaMod.Generation;

/// <summary>What a model is asked: the turns so far, and the pictures that they are about.</summary>
/// <param name="Turns">The user's turn last, with an <c>&lt;image&gt;</c> for every picture.</param>
/// <param name="Pictures">The pictures, in the order of their placeholders.</param>
public sealed record Conversation(IReadOnlyList<Turn> Turns, IReadOnlyList<RgbImage> Pictures)
{
    /// <summary>The user's turn: pictures come before a text that does not say <c>&lt;image&gt;</c> itself.</summary>
    /// <param name="text">What is asked.</param>
    /// <param name="pictures">How many pictures it is about.</param>
    public static Turn Question(string text, int pictures) => new(Role.Human, text.Contains(ChatTemplate.ImagePlaceholder, StringComparison.Ordinal)
        ? text
        : string.Concat(Enumerable.Repeat($"{ChatTemplate.ImagePlaceholder}\n", pictures)) + text);

    /// <summary>What messages call it.</summary>
    public string Name { get; init; } = "the question";

    /// <summary>The system message; null for that of the model's chat template, empty for none.</summary>
    public string? System { get; init; }
}
