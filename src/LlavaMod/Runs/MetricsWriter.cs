using System.Text.Json;

namespace LlavaMod.Runs;

/// <summary>Appends steps to metrics.jsonl. Not safe to use from several threads.</summary>
public sealed class MetricsWriter : IDisposable
{
    private readonly FileStream stream;

    private MetricsWriter(string path) => stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);

    /// <summary>Begins a new file; one that is there is emptied.</summary>
    /// <exception cref="UserError">The file cannot be written.</exception>
    public static MetricsWriter Create(string path)
    {
        if (File.Exists(path))
            Cut(path, 0);
        return Append(path);
    }

    /// <summary>
    /// Goes on after a step of a stage, as a checkpoint recorded it: every later line is cut off, so that no step is told twice. Step 0
    /// stands for the beginning of the stage.
    /// </summary>
    /// <exception cref="UserError">The file cannot be read or written, or a line in it is not a step.</exception>
    public static MetricsWriter Resume(string path, string stage, int step)
    {
        if (File.Exists(path))
            Cut(path, EndOf(path, stage, step));
        return Append(path);
    }

    /// <summary>Adds a line, and hands it to the operating system at once.</summary>
    public void Write(StepMetrics metrics)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(metrics, RunJson.Line);
        stream.Write([.. line, (byte)'\n']);
        stream.Flush();
    }

    /// <summary>Waits until the lines are on the disk. Call it before a checkpoint that counts on them.</summary>
    public void Sync() => stream.Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static long EndOf(string path, string stage, int step)
    {
        long end = 0;
        var reached = false;
        foreach (var (metrics, lineEnd) in MetricsFile.Lines(path))
        {
            reached |= metrics.Stage == stage;
            if (reached && (metrics.Stage != stage || metrics.Step > step))
                break;
            end = lineEnd;
            if (reached && metrics.Step == step)
                break; // what follows may be half on the disk
        }
        return end;
    }

    private static void Cut(string path, long length) => Try(path, () =>
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        stream.SetLength(length);
        stream.Flush(flushToDisk: true);
        return true;
    });

    private static MetricsWriter Append(string path) => Try(path, () => new MetricsWriter(path));

    private static T Try<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{path}: cannot be written: {e.Message}", e);
        }
    }
}
