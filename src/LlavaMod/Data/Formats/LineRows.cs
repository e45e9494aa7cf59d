namespace LlavaMod.Data.Formats;

/// <summary>Finds the rows of JSON Lines by their line ends alone; what is between them is looked at when a row is used.</summary>
internal sealed class LineRows(FileWindow window, string file)
{
    private long lines = 1 + window.LinesPassed;
    private long begin = window.Position;
    private bool blank = true;

    /// <summary>Lists the lines that are not blank.</summary>
    /// <exception cref="UserError">More lines than a list can have.</exception>
    public void Index(int most, DiskList<RowSpan> rows)
    {
        while (rows.Count < most && !(window.Rest.IsEmpty && window.Complete))
        {
            var rest = window.Rest;
            var length = rest.IndexOf((byte)'\n'); // vectorised, and nearly all of the work
            var part = length < 0 ? rest : rest[..length];
            blank = blank && IsBlank(part);
            window.Start += part.Length;
            if (length >= 0)
                EndLine(rows);
            else if (!window.Complete)
                window.Slide();
        }
        if (rows.Count < most && !blank)
            Add(rows);
    }

    private void EndLine(DiskList<RowSpan> rows)
    {
        if (!blank)
            Add(rows);
        window.Start++;
        (lines, begin, blank) = (lines + 1, window.Position, true);
    }

    private void Add(DiskList<RowSpan> rows)
    {
        if (lines > int.MaxValue)
            throw new UserError($"{file}: more than {int.MaxValue:N0} lines; split it into several files");
        rows.Add(new RowSpan(begin, (int)Math.Min(window.Position - begin, int.MaxValue), (int)lines));
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => (line.IsEmpty || line[0] <= ' ') && line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
