using System.Buffers.Text;

namespace LlavaMod.Fuzz.Checks;

/// <summary>
/// How far the process's memory grows between two moments, at its peak, native libraries included. Linux's own figures, and not getrusage, which
/// counts the parent's memory before the program was started.
/// </summary>
internal static class ResidentMemory
{
    private const int Kilobyte = 1024;

    private static readonly byte[] ResetPeak = "5"u8.ToArray();
    private static readonly byte[] Status = new byte[4096];

    /// <summary>Forgets the peak and returns the resident bytes now.</summary>
    public static long Reset()
    {
        File.WriteAllBytes("/proc/self/clear_refs", ResetPeak);
        return Peak();
    }

    /// <summary>The most resident bytes since <see cref="Reset"/>.</summary>
    public static long Peak()
    {
        using var file = File.OpenHandle("/proc/self/status");
        var text = Status.AsSpan(0, RandomAccess.Read(file, Status, 0));
        var peak = text[(text.IndexOf("VmHWM:"u8) + 6)..].TrimStart("\t "u8);
        return Utf8Parser.TryParse(peak, out long kilobytes, out _) ? kilobytes * Kilobyte : throw new InvalidDataException("/proc/self/status has no VmHWM.");
    }
}
