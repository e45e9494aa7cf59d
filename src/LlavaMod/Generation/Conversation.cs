using LlavaMod.Data;
using LlavaMod.Data.Images;

namespace LlavaMod.Generation;

/// <summary>What a model is asked: the turns so far, and the pictures that they are about.</summary>
/// <param name="Turns">The user's turn last, with an <c>&lt;image&gt;</c> for every picture.</param>
/// <param name="Pictures">The pictures, in the order of their placeholders.</param>
public sealed record Conversation(IReadOnlyList<Turn> Turns, IReadOnlyList<RgbImage> Pictures)
{
    /// <summary>What messages call it.</summary>
    public string Name { get; init; } = "the question";

    /// <summary>The system message; null for that of the model's chat template, empty for none.</summary>
    public string? System { get; init; }
}
