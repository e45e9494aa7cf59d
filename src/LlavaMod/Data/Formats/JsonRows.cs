using System.Security.Cryptography;
using System.Text.Json;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Finds the rows of a JSON array or of JSON Lines in one pass over the file, a window at a time, so that files larger than memory can
/// be used; the first byte tells which of the two it is. The SHA-256 of the whole file comes with it.
/// </summary>
internal sealed class JsonRows : IDisposable
{
    /// <summary>Largest row in bytes.</summary>
    public const int LargestRow = 8 << 20;

    private const int FirstWindow = 1 << 16;
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly FileStream stream;
    private readonly string file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] window = new byte[FirstWindow];
    private long offset;
    private int start;
    private int end;
    private bool complete;

    /// <exception cref="UserError">The file cannot be opened.</exception>
    public JsonRows(string path, string shownAs)
    {
        file = shownAs;
        stream = Open(path, shownAs);
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

    /// <summary>The rows one by one, each with its bytes, which are valid until the next is asked for.</summary>
    /// <exception cref="UserError">Not a JSON array and not JSON Lines, cut short, or a row over the limit.</exception>
    public IEnumerable<(RowSpan Span, ReadOnlyMemory<byte> Bytes)> Read()
    {
        Fill();
        if (window.AsSpan(start, end - start).StartsWith(ByteOrderMark))
            start += ByteOrderMark.Length;
        return FirstByte() == '[' ? ReadArray() : ReadLines();
    }

    /// <summary>The hash of the whole file in lower-case hex; reads what the rows did not need.</summary>
    public string ContentHash()
    {
        while (!complete)
        {
            (offset, start, end) = (offset + end, 0, 0);
            Fill();
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        hash.Dispose();
        stream.Dispose();
    }

    private IEnumerable<(RowSpan, ReadOnlyMemory<byte>)> ReadArray()
    {
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 32 });
        for (long row = 0; Advance(ref state, row, out var length) is var found && found != Step.End;)
        {
            if (found == Step.Opened)
                continue;
            row++;
            yield return (new RowSpan(row, offset + start, length), window.AsMemory(start, length));
            start += length;
        }
        if (FirstByte() is { } extra)
        {
            var where = $"{file}: byte {offset + start}";
            throw new UserError($"{where}: '{(char)extra}' after the end of the array; the file must hold one JSON array");
        }
    }

    private enum Step
    {
        Opened,
        Row,
        End,
    }

    /// <summary>Goes on to the array's opening, its next row, which then begins at <see cref="start"/>, or its end.</summary>
    private Step Advance(ref JsonReaderState state, long row, out int length)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(window.AsSpan(start, end - start), isFinalBlock: false, state);
            try
            {
                if (TryAdvance(ref reader, out var step, out length))
                {
                    state = reader.CurrentState;
                    return step;
                }
            }
            catch (JsonException e)
            {
                throw NotJson(e, row + 1);
            }
            Grow(row + 1);
        }
    }

    private bool TryAdvance(ref Utf8JsonReader reader, out Step step, out int length)
    {
        (step, length) = (Step.End, 0);
        if (!reader.Read())
            return false;
        var first = reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.StartArray;
        if (first || reader.TokenType == JsonTokenType.EndArray)
        {
            step = first ? Step.Opened : Step.End;
            start += (int)reader.BytesConsumed;
            return true;
        }
        var begin = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        (step, length) = (Step.Row, (int)reader.BytesConsumed - begin);
        start += begin;
        return true;
    }

    private IEnumerable<(RowSpan, ReadOnlyMemory<byte>)> ReadLines()
    {
        for (long row = 1; ; row++)
        {
            var length = window.AsSpan(start, end - start).IndexOf((byte)'\n');
            while (length < 0 && !complete)
            {
                Grow(row);
                length = window.AsSpan(start, end - start).IndexOf((byte)'\n');
            }
            var line = length < 0 ? end - start : length;
            if (!IsBlank(window.AsSpan(start, line)))
                yield return (new RowSpan(row, offset + start, line), window.AsMemory(start, line));
            start += line + 1;
            if (length < 0)
                yield break;
        }
    }

    /// <summary>Drops what is read and reads on; a row that fills the window doubles it, up to the limit.</summary>
    private void Grow(long row)
    {
        if (complete)
            throw new UserError($"{file}: row {row}: the file ends in the middle of it, at byte {offset + end}; get the whole file");
        var kept = end - start;
        if (kept >= LargestRow)
            throw new UserError($"{file}: row {row}: larger than {LargestRow:N0} bytes");
        var target = kept > window.Length / 2 ? new byte[window.Length * 2] : window;
        window.AsSpan(start, kept).CopyTo(target);
        (window, offset, start, end) = (target, offset + start, 0, kept);
        Fill();
    }

    private void Fill()
    {
        while (end < window.Length && !complete)
        {
            var read = stream.Read(window, end, window.Length - end);
            hash.AppendData(window, end, read);
            end += read;
            complete = read == 0;
        }
    }

    /// <summary>Goes on to the next byte that is not white space; null at the end of the file.</summary>
    private byte? FirstByte()
    {
        while (true)
        {
            var rest = window.AsSpan(start, Math.Max(0, end - start));
            var skipped = rest.IndexOfAnyExcept(" \t\r\n"u8);
            if (skipped >= 0)
            {
                start += skipped;
                return window[start];
            }
            if (complete)
                return null;
            (offset, start, end) = (offset + end, 0, 0);
            Fill();
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    private UserError NotJson(JsonException e, long row)
    {
        var reason = e.Message.Split(" LineNumber:")[0].ReplaceLineEndings(" ");
        return new UserError($"{file}: row {row}: not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {reason}", e);
    }
}
