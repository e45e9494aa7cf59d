using System.Text.Json.Nodes;

namespace LlavaMod.Evaluation;

/// <summary>Who answers questions: a model, or two that are compared.</summary>
public interface IRespondent
{
    /// <summary>Why a question cannot be answered, whatever its pictures; null where it can.</summary>
    string? Refuses(EvaluationQuestion question);

    /// <summary>
    /// Questions in the batches in which they are answered. The same questions always make the same batches: a matrix product rounds a row
    /// differently in other company, and answers must not depend on where a run was stopped.
    /// </summary>
    IEnumerable<IReadOnlyList<EvaluationQuestion>> Batches(IReadOnlyList<EvaluationQuestion> questions);

    /// <summary>The answers to one batch, in its order.</summary>
    /// <param name="batch">The questions.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="UserError">A picture is missing or broken.</exception>
    IReadOnlyList<Response> Answer(IReadOnlyList<EvaluationQuestion> batch, CancellationToken cancellation);
}

/// <summary>An answer.</summary>
/// <param name="Text">What was said.</param>
/// <param name="Extra">What a file of answers says beside it; null for nothing.</param>
public sealed record Response(string Text, JsonObject? Extra = null);
