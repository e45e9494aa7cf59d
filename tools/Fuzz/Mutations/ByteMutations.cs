namespace LlavaMod.Fuzz.Mutations;

/// <summary>Changes that know nothing of the file. Half of them fall on its first bytes, where headers are, or its last.</summary>
internal static class ByteMutations
{
    private const int Header = 64;
    private const int LongestPiece = 64;
    private const int MostCopies = 2000;

    public static IReadOnlyList<Mutation> All { get; } =
    [
        FlipBit, FlipBit, SetByte, SetByte, SetInteger, SetInteger, Insert, Delete, Duplicate, Overwrite, Truncate, Repeat, Fill, DeleteRest,
    ];

    public static byte[] FlipBit(byte[] file, Random random) =>
        Edited(file, copy => copy[At(file, random)] ^= (byte)(1 << random.Next(8)));

    public static byte[] SetByte(byte[] file, Random random) => Edited(file, copy => copy[At(file, random)] = (byte)random.Next(256));

    public static byte[] SetInteger(byte[] file, Random random)
    {
        var width = 1 << random.Next(4);
        return file.Length < width ? file : Edited(file, copy =>
            Integers.Write(copy.AsSpan(Math.Min(At(file, random), file.Length - width)), width, random.Next(2) == 0, Integers.Next(random)));
    }

    public static byte[] Insert(byte[] file, Random random)
    {
        var piece = new byte[random.Next(1, LongestPiece)];
        random.NextBytes(piece);
        return Replaced(file, At(file, random), 0, piece);
    }

    public static byte[] Delete(byte[] file, Random random)
    {
        var (at, length) = Piece(file, random);
        return Replaced(file, at, length, []);
    }

    public static byte[] Duplicate(byte[] file, Random random)
    {
        var (at, length) = Piece(file, random);
        return Replaced(file, at, 0, file.AsSpan(at, length));
    }

    public static byte[] Overwrite(byte[] file, Random random)
    {
        var (at, length) = Piece(file, random);
        return Edited(file, copy => file.AsSpan(at, length).CopyTo(copy.AsSpan(Math.Min(At(file, random), file.Length - length))));
    }

    public static byte[] Truncate(byte[] file, Random random) => file[..At(file, random)];

    public static byte[] DeleteRest(byte[] file, Random random) => file.Length == 0 ? file : file[..random.Next(file.Length)];

    // A short piece, many times over: nesting, and lists that never end.
    public static byte[] Repeat(byte[] file, Random random)
    {
        var (at, length) = Piece(file, random);
        if (length == 0)
            return file;
        length = Math.Min(length, 8);
        var copies = new byte[length * random.Next(1, MostCopies)];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = file[at + (i % length)];
        return Replaced(file, at, 0, copies);
    }

    public static byte[] Fill(byte[] file, Random random)
    {
        var (at, length) = Piece(file, random);
        var value = random.Next(2) == 0 ? (byte)0 : (byte)255;
        return Edited(file, copy => copy.AsSpan(at, length).Fill(value));
    }

    /// <summary>A word of the format, put in or over what is there.</summary>
    public static byte[] PutWord(byte[] file, byte[] word, Random random)
    {
        var at = At(file, random);
        return Replaced(file, at, random.Next(2) == 0 ? 0 : Math.Min(word.Length, file.Length - at), word);
    }

    /// <summary>The start of one file and the end of another.</summary>
    public static byte[] Splice(byte[] file, byte[] other, Random random) => [.. file.AsSpan(0, At(file, random)), .. other.AsSpan(At(other, random))];

    /// <summary>A file with other bytes in the place of some.</summary>
    public static byte[] Replaced(byte[] file, int at, int length, ReadOnlySpan<byte> by) => [.. file.AsSpan(0, at), .. by, .. file.AsSpan(at + length)];

    private static byte[] Edited(byte[] file, Action<byte[]> edit)
    {
        if (file.Length == 0)
            return file;
        var copy = (byte[])file.Clone();
        edit(copy);
        return copy;
    }

    private static int At(byte[] file, Random random) => file.Length == 0 ? 0 : random.Next(4) switch
    {
        0 => random.Next(Math.Min(file.Length, Header)),
        1 => file.Length - 1 - random.Next(Math.Min(file.Length, Header)),
        _ => random.Next(file.Length),
    };

    private static (int At, int Length) Piece(byte[] file, Random random)
    {
        var at = At(file, random);
        return (at, file.Length == 0 ? 0 : random.Next(1, Math.Min(LongestPiece, file.Length - at) + 1));
    }
}
