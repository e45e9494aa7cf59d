using System.Text.Json.Serialization;
using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>What one answer says, read once; every figure of the world is made of these.</summary>
/// <param name="Part">How it is scored.</param>
/// <param name="Kind">The kind of question; null for a caption.</param>
/// <param name="Setting">How POPE's absent object was chosen; null where the object is there, and outside POPE.</param>
/// <param name="Reference">The true answer; null for a caption.</param>
/// <param name="Said">The answer given; null where it is none that such a question can have, and for a caption.</param>
/// <param name="Caption">What a caption names; null for a question.</param>
public sealed record WorldAnswer(WorldPart Part, QuestionKind? Kind, PopeSetting? Setting, string? Reference, string? Said, NamedObjects? Caption)
{
    /// <summary>Whether a question is answered right.</summary>
    [JsonIgnore]
    public bool IsRight => Said is not null && Said == Reference;

    /// <summary>Reads an answer to a question or a caption.</summary>
    public static WorldAnswer Of(WorldItem item, string text) => item.Kind is { } kind
        ? new WorldAnswer(item.Part, kind, item.Setting, item.Reference, ShortAnswer.Parse(kind, text), null)
        : new WorldAnswer(item.Part, null, null, null, null, NamedObjects.In(text, item.Scene));
}
