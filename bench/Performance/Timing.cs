using System.Text.Json;

namespace LlavaMod.Performance;

/// <summary>One side of a comparison: seconds of a repetition, and bytes that repetitions need above what was loaded.</summary>
internal sealed record Timing(double Median, double Min, double Max, long Peak)
{
    private static readonly JsonSerializerOptions Lower = new(JsonSerializerDefaults.Web);

    /// <summary>What else was measured, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>Of one process.</summary>
    public static Timing Of(IReadOnlyCollection<double> seconds, long peak) => new(Middle(seconds), seconds.Min(), seconds.Max(), peak);

    /// <summary>Of several processes: the median of their medians, the extremes, the highest peak, the median of every figure.</summary>
    public static Timing Of(IReadOnlyCollection<Timing> processes) =>
        new(Middle(processes.Select(process => process.Median)), processes.Min(process => process.Min), processes.Max(process => process.Max), processes.Max(process => process.Peak))
        {
            Figures = processes.SelectMany(process => process.Figures).GroupBy(figure => figure.Key).ToDictionary(figure => figure.Key, figure => Middle(figure.Select(value => value.Value))),
        };

    /// <summary>What a measured process has printed.</summary>
    public static Timing Parse(string json) => JsonSerializer.Deserialize<Timing>(json, Lower)!;

    public string ToJson() => JsonSerializer.Serialize(this, Lower);

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
