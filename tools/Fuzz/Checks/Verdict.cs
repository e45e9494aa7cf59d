namespace LlavaMod.Fuzz.Checks;

/// <summary>What became of one mutant.</summary>
public enum Ending
{
    /// <summary>The reader took it.</summary>
    Loaded,

    /// <summary>The reader refused it, with an error of the documented type.</summary>
    Refused,

    /// <summary>A promise was broken.</summary>
    Failed,
}

/// <summary>What became of one mutant.</summary>
/// <param name="Ending">How it ended.</param>
/// <param name="Kind">Failures of one cause have one kind: an exception's type and place, or the promise that was broken.</param>
/// <param name="Detail">All that is known of it.</param>
public sealed record Verdict(Ending Ending, string Kind, string Detail);
