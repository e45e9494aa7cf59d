using System.Security.Cryptography;

namespace LlavaMod.Data.Formats;

/// <summary>A file from its start to its end, a window at a time, hashed on the way. Closing it leaves the file open.</summary>
internal sealed class FileWindow : IDisposable
{
    private const int FirstSize = 1 << 18;
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly FileStream stream;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] buffer = new byte[FirstSize];
    private long offset;
    private int end;

    /// <param name="file">The file, at its start. A byte order mark there is passed over.</param>
    public FileWindow(FileStream file)
    {
        stream = file;
        Fill();
        if (Rest.StartsWith(ByteOrderMark))
            Start = ByteOrderMark.Length;
    }

    /// <summary>Opens a data file to read.</summary>
    /// <exception cref="UserError">It cannot be opened.</exception>
    public static FileStream Open(string path, string shownAs)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{shownAs}: cannot read the data: {e.Message}", e);
        }
    }

    /// <summary>What is not used yet of the bytes at hand begins here.</summary>
    public int Start { get; set; }

    /// <summary>Whether the file has no more than what is at hand.</summary>
    public bool Complete { get; private set; }

    /// <summary>The bytes at hand that are not used yet.</summary>
    public ReadOnlySpan<byte> Rest => buffer.AsSpan(Start, end - Start);

    /// <summary>Where <see cref="Rest"/> begins in the file.</summary>
    public long Position => offset + Start;

    /// <summary>Line ends that <see cref="NextByte"/> has passed over.</summary>
    public long LinesPassed { get; private set; }

    /// <summary>Drops what is used and reads on; an unused rest of more than half the window doubles it.</summary>
    public void Slide()
    {
        var kept = end - Start;
        var target = kept > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
        Rest.CopyTo(target);
        (buffer, offset, Start, end) = (target, Position, 0, kept);
        Fill();
    }

    /// <summary>Goes on to the next byte that is not white space; null at the end of the file.</summary>
    public byte? NextByte()
    {
        while (true)
        {
            var skipped = Rest.IndexOfAnyExcept(" \t\r\n"u8);
            var white = skipped < 0 ? Rest : Rest[..skipped];
            LinesPassed += white.Count((byte)'\n');
            Start += white.Length;
            if (skipped >= 0)
                return buffer[Start];
            if (Complete)
                return null;
            Slide();
        }
    }

    /// <summary>The SHA-256 of the whole file in lower-case hex; reads what is left of it.</summary>
    public string ContentHash()
    {
        while (!Complete)
        {
            Start = end;
            Slide();
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => hash.Dispose();

    private void Fill()
    {
        while (end < buffer.Length && !Complete)
        {
            var read = stream.Read(buffer, end, buffer.Length - end);
            hash.AppendData(buffer, end, read);
            end += read;
            Complete = read == 0;
        }
    }
}
