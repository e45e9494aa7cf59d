namespace LlavaMod.Performance.Results;

/// <summary>A line of the table: a case of ours beside the same of a peer's.</summary>
/// <param name="Case">What was measured, and beside what.</param>
internal sealed record Line(string Case)
{
    /// <summary>Our side.</summary>
    public Timing? Ours { get; init; }

    /// <summary>The other side; null where it did not run, and <see cref="Note"/> says why.</summary>
    public Timing? Peer { get; init; }

    /// <summary>How many times faster ours shall be, at least.</summary>
    public double? SpeedTarget { get; init; }

    /// <summary>Our peak memory as a part of the peer's, at most.</summary>
    public double? MemoryTarget { get; init; }

    /// <summary>Seconds that the arithmetic and the memory traffic which cannot be left out take at this machine's measured rates.</summary>
    public double? Floor { get; init; }

    /// <summary>What else is to be said.</summary>
    public string? Note { get; init; }

    /// <summary>Measures other than time and memory beside a peer's.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>How many times faster ours is; null without a peer.</summary>
    public double? Speed => Peer is null || Ours is null ? null : Peer.Median / Ours.Median;

    /// <summary>Our peak memory as a part of the peer's; null without a peer.</summary>
    public double? Memory => Peer is null || Ours is null || Peer.Peak <= 0 ? null : (double)Ours.Peak / Peer.Peak;
}

/// <summary>A number with a name and, perhaps, the most that it shall be.</summary>
internal sealed record Figure(string Name, double Value, string Unit, double? AtMost = null);
