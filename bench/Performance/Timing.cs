using System.Text.Json;

namespace LlavaMod.Performance;

/// <summary>One side of a comparison: seconds of a repetition, and bytes that repetitions need above what was loaded.</summary>
internal sealed record Timing(double Median, double Min, double Max, long Peak)
{
    private static readonly JsonSerializerOptions Lower = new(JsonSerializerDefaults.Web);

    /// <summary>Of one process.</summary>
    public static Timing Of(IReadOnlyCollection<double> seconds, long peak) => new(Middle(seconds), seconds.Min(), seconds.Max(), peak);

    /// <summary>Of several processes: the median of their medians, the extremes, the highest peak.</summary>
    public static Timing Of(IReadOnlyCollection<Timing> processes) =>
        new(Middle(processes.Select(process => process.Median)), processes.Min(process => process.Min), processes.Max(process => process.Max), processes.Max(process => process.Peak));

    /// <summary>What a measured process has printed.</summary>
    public static Timing Parse(string json) => JsonSerializer.Deserialize<Timing>(json, Lower)!;

    public string ToJson() => JsonSerializer.Serialize(this, Lower);

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
