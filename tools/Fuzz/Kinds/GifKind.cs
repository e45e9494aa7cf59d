using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>GIF: sizes, flags of colour tables, places of frames, code sizes.</summary>
[FileKind("gif", Summary = "GIF")]
public sealed class GifKind : FileKind
{
    private const int Screen = 6;

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [SetScreen, SetFrame, SetFrame];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["GIF87a", "GIF89a", ",", ";", "!\xf9\x04\x01\0\0\0\0", "!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", "!\xfe\u0003abc\0", "\xff", "\0", "\x0c", "\x08", "\x01", ",\0\0\0\0\x02\0\x02\0\0\x02\x02\x4c\x01\0"];

    private static byte[] SetScreen(byte[] file, Random random) => Set(file, Screen, 7, random);

    // The descriptor of a frame: a comma, left, top, width, height, flags, then the code size.
    private static byte[] SetFrame(byte[] file, Random random)
    {
        var at = Array.IndexOf(file, (byte)',');
        return at < 0 ? file : Set(file, at + 1, 10, random);
    }

    private static byte[] Set(byte[] file, int at, int length, Random random)
    {
        if (file.Length < at + length + 1)
            return file;
        var copy = (byte[])file.Clone();
        if (random.Next(2) == 0)
            Integers.Write(copy.AsSpan(at + random.Next(length - 1)), 2, bigEndian: false, Integers.Next(random));
        else
            copy[at + random.Next(length)] = (byte)random.Next(256);
        return copy;
    }
}
