namespace LlavaMod.Cli.Progress;

/// <summary>Numbers as a row of blocks.</summary>
internal static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>A block for each share of a whole. An even share is half a block high; twice as much or more is a full one.</summary>
    public static string OfShares(IReadOnlyList<double> shares) =>
        string.Concat(shares.Select(share => Blocks[(int)Math.Clamp(share * shares.Count * Blocks.Length / 2, 0, Blocks.Length - 1)]));
}
