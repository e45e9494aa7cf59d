using LlavaMod.Data;
using LlavaMod.Data.World;
using LlavaMod.Tokenization;

namespace LlavaMod.Evaluation.World;

/// <summary>One thing to ask a model.</summary>
/// <param name="Id">Unique in the benchmark: "question-colour-000012".</param>
/// <param name="Part">How it is scored.</param>
/// <param name="Scene">The scene; <see cref="ShapeWorld.Render"/> draws its image, <see cref="Data.World.Scene.ImageName"/> names it.</param>
/// <param name="Prompt">The turns to answer: one human turn that opens with the image.</param>
/// <param name="Reference">The true answer.</param>
/// <param name="Kind">The kind of question; null for a caption.</param>
/// <param name="Setting">How POPE's absent object was chosen; null where the object is there, and outside POPE.</param>
public sealed record WorldItem(
    string Id, WorldPart Part, Scene Scene, IReadOnlyList<Turn> Prompt, string Reference, QuestionKind? Kind = null, PopeSetting? Setting = null)
{
    internal const int AnswerTokens = 8;

    private const int CaptionTokens = 96;

    /// <summary>Most new tokens of its answer.</summary>
    public int MaxNewTokens => Part == WorldPart.Caption ? CaptionTokens : AnswerTokens;

    /// <summary>What is asked about the image, without its placeholder.</summary>
    public string Question => Prompt[^1].Text.Replace($"{ChatTemplate.ImagePlaceholder}\n", "", StringComparison.Ordinal);
}
