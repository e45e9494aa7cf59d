using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using LlavaMod.Torch;

namespace LlavaMod.Bench.Step;

/// <summary>Seconds a step, and bytes that steps need above the loaded models.</summary>
internal sealed record Timing(double Median, double Min, double Max, long Peak)
{
    private static readonly JsonSerializerOptions Lower = new(JsonSerializerDefaults.Web);

    public static Timing Parse(string json) => JsonSerializer.Deserialize<Timing>(json, Lower)!;

    /// <summary>Of several processes: the median of their medians, the extremes, the highest peak.</summary>
    public static Timing Of(IReadOnlyCollection<Timing> runs) =>
        new(Middle(runs.Select(run => run.Median)), runs.Min(run => run.Min), runs.Max(run => run.Max), runs.Max(run => run.Peak));

    /// <summary>Times our step in this process and prints it as JSON. The optimiser's state counts as the step's, as it does with the peer.</summary>
    public static void PrintOurs(Geometry geometry, string stage, DType dtype, int steps)
    {
        using var scope = new TensorScope();
        using var step = new OurStep(geometry, stage, dtype, clip: 1);
        GC.Collect();
        _ = malloc_trim(0);
        long loaded = Resident("VmRSS");
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts from here
        step.Run();
        var seconds = new List<double>();
        for (int i = 0; i < steps; i++)
        {
            long start = Stopwatch.GetTimestamp();
            step.Run();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Console.WriteLine(JsonSerializer.Serialize(new Timing(Middle(seconds), seconds.Min(), seconds.Max(), Resident("VmHWM") - loaded), Lower));
    }

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static long Resident(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[])[':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [DllImport("libc")]
    private static extern int malloc_trim(nint keep);
}
