using LlavaMod.Data;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>One question of an evaluation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Turns">The conversation so far, the user's turn last.</param>
/// <param name="Images">
/// Prepares its images for a model. Called when its turn comes: the pictures of a whole dataset do not fit into memory at once.
/// </param>
/// <param name="MaxNewTokens">Longest answer.</param>
public sealed record EvaluationQuestion(string Id, IReadOnlyList<Turn> Turns, Func<SampleEncoding, IReadOnlyList<PreparedImage>> Images, int MaxNewTokens);
