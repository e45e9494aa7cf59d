namespace LlavaMod.Data.Images;

/// <summary>Rows of bytes as planes of numbers [3, rows, columns], by a table for each channel.</summary>
/// <param name="values">The planes.</param>
/// <param name="tables">What a byte becomes, [3, 256].</param>
/// <param name="size">Rows, and columns.</param>
internal readonly unsafe ref struct NormalizedRows(Span<float> values, ReadOnlySpan<float> tables, int size) : IResizedRows
{
    private readonly Span<float> values = values;
    private readonly ReadOnlySpan<float> tables = tables;

    /// <inheritdoc/>
    public void Put(int y, ReadOnlySpan<byte> row)
    {
        var area = size * size;
        fixed (byte* pixels = row[..(size * 3)])
        fixed (float* red = values.Slice(y * size, size), green = values.Slice(area + y * size, size), blue = values.Slice(2 * area + y * size, size))
        fixed (float* table = tables[..(3 * 256)])
            for (int x = 0, at = 0; x < size; x++, at += 3)
            {
                red[x] = table[pixels[at]];
                green[x] = table[256 + pixels[at + 1]];
                blue[x] = table[512 + pixels[at + 2]];
            }
    }
}
