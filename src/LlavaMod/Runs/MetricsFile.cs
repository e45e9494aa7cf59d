using System.Text.Json;

namespace LlavaMod.Runs;

/// <summary>Reads metrics.jsonl.</summary>
public static class MetricsFile
{
    private const int LongestLine = 1 << 20;

    /// <summary>
    /// The steps in order, read one at a time. A last line without its end is left out: a run that was killed while it wrote leaves one.
    /// </summary>
    /// <exception cref="UserError">The file cannot be read, or a line in it is not a step.</exception>
    public static IEnumerable<StepMetrics> Read(string path) => Lines(path).Select(line => line.Metrics);

    /// <summary>The steps, each with the byte behind its line.</summary>
    internal static IEnumerable<(StepMetrics Metrics, long End)> Lines(string path)
    {
        using var stream = Open(path);
        var line = new List<byte>();
        var number = 1;
        for (var value = stream.ReadByte(); value >= 0; value = stream.ReadByte())
        {
            if (value != '\n')
            {
                line.Add((byte)value);
                if (line.Count > LongestLine)
                    throw new UserError($"{path}: line {number} is longer than {LongestLine:N0} bytes");
                continue;
            }
            yield return (Parse(line, path, number), stream.Position);
            line.Clear();
            number++;
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{path}: cannot be read: {e.Message}", e);
        }
    }

    private static StepMetrics Parse(List<byte> line, string path, int number)
    {
        try
        {
            return RunJson.Parse<StepMetrics>(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line));
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: line {number} is not the metrics of a step: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
