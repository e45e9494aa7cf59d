namespace LlavaMod.Data.Formats;

/// <summary>
/// Finds the rows of a JSON array or of JSON Lines in one pass over the file, a window at a time, so that files larger than memory can
/// be used; the first byte tells which of the two it is.
/// </summary>
internal static class JsonRows
{
    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    /// <summary>Lists where the rows lie.</summary>
    /// <param name="window">The file.</param>
    /// <param name="shownAs">What messages call it.</param>
    /// <param name="limit">How many rows to list from the start; null lists all.</param>
    /// <param name="rows">The list.</param>
    /// <returns>Whether it is an array.</returns>
    /// <exception cref="UserError">A JSON array that is cut short or no JSON; a compressed file.</exception>
    public static bool Index(FileWindow window, string shownAs, int? limit, DiskList<RowSpan> rows)
    {
        if (window.Rest.StartsWith(Gzip))
            throw new UserError($"{shownAs}: it is compressed; decompress it (gunzip): rows are read from the middle of a file");
        var most = limit ?? int.MaxValue;
        var isArray = window.NextByte() == '[';
        if (isArray)
            new ArrayRows(window, shownAs).Index(most, rows);
        else
            new LineRows(window, shownAs).Index(most, rows);
        return isArray;
    }
}
