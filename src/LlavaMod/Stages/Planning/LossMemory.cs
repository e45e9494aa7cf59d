using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>Bytes of a chunk of logits, and of what a stage's objectives make of it on their way to losses.</summary>
/// <param name="objectives">The objectives.</param>
/// <param name="dtype">The type of the logits.</param>
internal sealed class LossMemory(IReadOnlyList<Objective> objectives, DType dtype)
{
    private const int Exact = 4;
    private const int Plain = 6;  // of a block in Float32: log p and p of student and teacher, a difference, and the gradient
    private const int Answers = 3; // likewise: log p, p, and the gradient

    private static readonly TokenScope[] Scopes = [TokenScope.Response, TokenScope.Prompt, TokenScope.Visual];

    /// <summary>Logits of a model, and of its teacher, at some positions: one chunk.</summary>
    public double Of(ModelCost model, ModelCost? teacher, double positions)
    {
        long words = model.Config.Language.VocabSize, others = teacher?.Config.Language.VocabSize ?? 0;
        long rows = HeadRows.ChunkOf((long)Math.Ceiling(positions), words), block = Math.Min(rows, TokenBlock.Size(words, Device.Cpu));
        return (double)rows * (words + others) * dtype.Size() + (double)Copies(words, others) * Exact * words * block;
    }

    // Fixed targets of one temperature are met in one pass, which replaces logits by gradients.
    private int Copies(long words, long others)
    {
        var terms = objectives.OfType<TokenObjective>().Select(objective => new HeadTerm(objective, 1, 1)).ToList();
        bool plain = Scopes.Select(scope => new FixedTargetTerms([.. terms.Where(term => Looks(term.Objective, scope))]))
            .Any(found => found.Terms.Count > 0 && (!found.Fit || (found.Mimic && others > 0 && others != words)));
        int copies = plain ? Plain : objectives.Any(objective => objective is PreferenceObjective) ? Answers : 0;
        return copies > 0 && dtype.Size() < Exact ? copies + 1 : copies;
    }

    private static bool Looks(TokenObjective objective, TokenScope scope) => objective.Scope.ContainsKey(scope) || objective.Scope.ContainsKey(TokenScope.All);
}
