using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>What the forward passes of one micro-batch gave.</summary>
/// <param name="Terms">Its part of the loss, objective by objective; already divided by the tokens or pairs of the whole batch.</param>
/// <param name="Routing">Where the student sent its tokens: those of the supervised rows, or of the chosen answers.</param>
/// <param name="Answers">Log-probabilities of preference pairs, or null.</param>
internal sealed record MicroBatchLoss(List<LossTerm> Terms, RoutingPass Routing, PreferenceLogProbabilities? Answers = null)
{
    /// <summary>The weighted sum of each objective's terms.</summary>
    public List<(string Name, Tensor Loss)> ByObjective() =>
        [.. Terms.GroupBy(term => term.Objective).Select(group => (group.Key.Name, Sum(group.Select(term => term.Weighted))))];

    /// <summary>What is differentiated, shape [].</summary>
    public Tensor Total() => Sum(ByObjective().Select(objective => objective.Loss));

    private static Tensor Sum(IEnumerable<Tensor> losses) => losses.Aggregate((sum, loss) => sum + loss);
}
