namespace LlavaMod.Fuzz.Processes;

/// <summary>A mutant that broke a promise.</summary>
/// <param name="Target">Whose reader it was.</param>
/// <param name="Seed">With <paramref name="Number"/>, what makes the mutant again.</param>
/// <param name="Number">The mutant's number; a negative one counts the target's own seeds from -1 down.</param>
/// <param name="Kind">Failures of one cause have one kind.</param>
/// <param name="Detail">All that is known of it.</param>
public sealed record Failure(FuzzTarget Target, int Seed, long Number, string Kind, string Detail)
{
    /// <summary>The mutant.</summary>
    public Specimen Specimen => Of(Target, Seed, Number);

    /// <summary>The mutant of a number, or the seed of a negative one.</summary>
    public static Specimen Of(FuzzTarget target, int seed, long number) => number < 0 ? target.Seeds[(int)(-1 - number)] : Mutants.Of(target, seed, number);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Target.Name}: {(Number < 0 ? $"its own file {-Number}" : $"mutant {Number} of seed {Seed}")}: {Kind}: {Detail}";
}

/// <summary>What became of many mutants of one target.</summary>
public sealed record Outcome(long Loaded, long Refused, IReadOnlyList<Failure> Failures)
{
    /// <summary>No mutants yet.</summary>
    public static Outcome None { get; } = new(0, 0, []);

    /// <summary>How many there were.</summary>
    public long Count => Loaded + Refused + Failures.Count;

    /// <summary>Both together.</summary>
    public static Outcome operator +(Outcome a, Outcome b) => new(a.Loaded + b.Loaded, a.Refused + b.Refused, [.. a.Failures, .. b.Failures]);
}
