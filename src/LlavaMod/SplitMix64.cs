namespace LlavaMod;

/// <summary>The generator behind orders of samples and the built-in world (Steele, Lea and Flood 2014): the same on every platform and version of .NET.</summary>
internal static class SplitMix64
{
    /// <summary>What a sequence's state grows by.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The next number of a sequence.</summary>
    public static ulong Next(ref ulong state) => Finish(state += Step);

    /// <summary>A number's own random number.</summary>
    public static ulong Mix(ulong value) => Finish(value + Step);

    /// <summary>Shuffles in place (Fisher-Yates).</summary>
    public static void Shuffle<T>(Span<T> items, ulong seed)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)(Next(ref seed) % (ulong)(i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The finaliser: a bijection that spreads every input bit over all output bits.</summary>
    public static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
