namespace LlavaMod.Data.Images;

/// <summary>
/// Unpacks BMP's run-length encodings to one index a byte: pairs of a count and a value (two values of four bits for RLE4); after a count of 0
/// comes the end of a row (0), the end of the picture (1), a step right and on (2), or the length of a plain stretch.
/// </summary>
internal ref struct BmpRuns(ReadOnlySpan<byte> data, bool halfBytes, Span<byte> indices, int width)
{
    private const int EndOfRow = 0, Step = 2;

    private readonly Span<byte> indices = indices; // rows in the file's order, zeros where nothing was written
    private readonly ReadOnlySpan<byte> data = data;
    private readonly int rows = indices.Length / width;
    private int at, x, y;

    /// <exception cref="BrokenImageException">The data ends before the last row does.</exception>
    public void Unpack()
    {
        while (y < rows && !(y == rows - 1 && x >= width))
        {
            int count = Byte(), value = Byte();
            if (count > 0)
                Repeat(count, value);
            else if (value > Step)
                Copy(value);
            else if (value == Step)
                (x, y) = (x + Byte(), y + Byte());
            else if (value == EndOfRow)
                (x, y) = (0, y + 1);
            else
                throw new BrokenImageException($"BMP, its pixels end in row {y + 1} of {rows}");
        }
    }

    private void Repeat(int count, int value)
    {
        for (var i = 0; i < count; i++)
            Put(!halfBytes ? value : i % 2 == 0 ? value >> 4 : value & 15);
    }

    // Plain stretches are filled up to two bytes.
    private void Copy(int count)
    {
        var length = halfBytes ? (count + 1) / 2 : count;
        var start = at;
        at += length + length % 2;
        if (start + length > data.Length)
            throw CutShort();
        for (var i = 0; i < count; i++)
            Put(!halfBytes ? data[start + i] : i % 2 == 0 ? data[start + i / 2] >> 4 : data[start + i / 2] & 15);
    }

    // What a row has no room for is dropped.
    private void Put(int index)
    {
        if (x < width)
            indices[y * width + x++] = (byte)index;
    }

    private int Byte() => at < data.Length ? data[at++] : throw CutShort();

    private readonly BrokenImageException CutShort() => new($"BMP, the file is cut short in row {y + 1} of {rows}");
}
