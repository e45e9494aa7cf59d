using LlavaMod.Recipes;

namespace LlavaMod.Teachers;

/// <summary>
/// What is kept of a teacher's distribution over V words at one position: the likeliest words with their exact probabilities, and something that stands
/// for the rest.
/// </summary>
/// <param name="Top">Words that are kept exactly, 1 to 1,024.</param>
/// <param name="Draws">Words that are drawn from the rest, 1 to 1,024, each in proportion to its probability; only for <see cref="CacheTail.Sample"/>.</param>
/// <param name="Tail">What stands for the rest.</param>
public sealed record CacheSampling(int Top = 12, int Draws = 20, CacheTail Tail = CacheTail.Sample)
{
    /// <summary>Most exact words, and most draws.</summary>
    public const int Most = 1024;

    /// <summary>The numbers between 0 and 1 that drawing needs at one position.</summary>
    internal int Uniforms => Tail == CacheTail.Sample ? Draws : 0;

    /// <summary>Refuses what is out of range.</summary>
    /// <exception cref="UserError">A number is not from 1 to <see cref="Most"/>.</exception>
    public void Check()
    {
        if (Top is < 1 or > Most) throw new UserError($"--top is {Top}; at least 1 and at most {Most} words are kept exactly");
        if (Draws is < 1 or > Most) throw new UserError($"--draws is {Draws}; at least 1 and at most {Most} words are drawn (--tail renormalise draws none)");
    }

    /// <summary>The tail of a name.</summary>
    /// <exception cref="UserError">There is none of that name.</exception>
    public static CacheTail TailOf(string name)
    {
        var names = Enum.GetValues<CacheTail>().ToDictionary(tail => KeyName.Of(tail));
        return names.TryGetValue(name, out var tail) ? tail : throw new UserError($"--tail has no '{name}'; {Nearest.Hint(name, names.Keys)}");
    }
}

/// <summary>What stands for the words beyond the exact ones.</summary>
public enum CacheTail
{
    /// <summary>
    /// Words drawn in proportion to their probabilities, with weights: the loss and its gradient are those of the whole distribution in expectation (random
    /// sampling knowledge distillation, Anshumann et al. 2025, arXiv 2503.16870).
    /// </summary>
    Sample,

    /// <summary>Nothing: the exact words are scaled up to a sum of 1. Biased towards them.</summary>
    Renormalise,

    /// <summary>
    /// One word more, the ghost token (arXiv 2503.16870), whose probability is that of all the rest, in the teacher as in the student. Biased: within the
    /// rest the student learns nothing.
    /// </summary>
    Ghost,
}
