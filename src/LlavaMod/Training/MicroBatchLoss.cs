using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>What the forward passes of one micro-batch gave.</summary>
/// <param name="Parts">Its loss; already divided by the tokens or pairs of the whole batch.</param>
/// <param name="Routing">Where the student sent its tokens: those of the supervised rows, or of the chosen answers.</param>
/// <param name="Answers">Log-probabilities of preference pairs, or null.</param>
internal sealed record MicroBatchLoss(IReadOnlyList<LossPart> Parts, RoutingPass Routing, PreferenceLogProbabilities? Answers = null)
{
    /// <summary>What is differentiated, shape [].</summary>
    public Tensor Total() => Sum(Parts);

    /// <summary>The same, objective by objective, where no part is of several.</summary>
    public List<(string Name, Tensor Loss)> ByObjective() =>
        [.. Parts.GroupBy(part => part.Objectives.Distinct().Single()).Select(group => (group.Key.Name, Sum(group)))];

    private static Tensor Sum(IEnumerable<LossPart> parts) => parts.Select(part => part.Total).Aggregate((sum, loss) => sum + loss);
}
