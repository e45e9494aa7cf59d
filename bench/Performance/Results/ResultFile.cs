using LlavaMod.Runs;

namespace LlavaMod.Performance.Results;

/// <summary>What a run keeps of a row.</summary>
/// <param name="Measured">When.</param>
/// <param name="Revision">The commit that was measured.</param>
/// <param name="Quick">Whether once was enough.</param>
/// <param name="Lines">Its lines; none where it failed.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record MeasuredRow(DateTimeOffset Measured, string Revision, bool Quick, IReadOnlyList<Line> Lines, string? Failure);

/// <summary>The file of a run: rows as they finish, of one machine.</summary>
internal sealed class ResultFile
{
    private readonly string path;
    private Content content;

    private sealed record Content(Machine Machine, Rates? Rates, Dictionary<string, MeasuredRow> Rows);

    private ResultFile(string path, Content content) => (this.path, this.content) = (path, content);

    public Machine Machine => content.Machine;

    public Rates? Rates => content.Rates;

    public IReadOnlyDictionary<string, MeasuredRow> Rows => content.Rows;

    /// <summary>Opens a file, or begins one.</summary>
    /// <exception cref="UserError">It is not such a file, or another machine's.</exception>
    public static ResultFile Open(string path, Machine machine)
    {
        if (!File.Exists(path)) return new ResultFile(path, new Content(machine, null, []));
        var content = RunJson.Read<Content>(path);
        return content.Machine == machine ? new ResultFile(path, content) : throw new UserError(
            $"{path}: holds figures of another machine ({content.Machine}); this is {machine}: name another file with --out");
    }

    /// <summary>Adds a row, in place of an older one, and writes the file.</summary>
    public void Add(string name, MeasuredRow row, Rates rates)
    {
        content = content with { Rates = rates };
        content.Rows[name] = row;
        RunJson.Write(path, content);
    }
}
