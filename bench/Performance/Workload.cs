using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using LlavaMod.Torch;

namespace LlavaMod.Performance;

/// <summary>
/// What a process of ours repeats while it is measured: a class with <c>[Workload("name")]</c> whose constructor takes the words of its case. What the
/// constructor makes is there before the measured memory begins.
/// </summary>
internal abstract class Workload : IDisposable
{
    /// <summary>The first word of a measured process's arguments; then the workload's name, repetitions, and the words of its case.</summary>
    public const string Argument = "measure";

    /// <summary>What else there is to say once all repetitions are done, by name.</summary>
    public virtual IReadOnlyDictionary<string, double> Figures => new Dictionary<string, double>();

    /// <summary>One repetition.</summary>
    public abstract void Run();

    public abstract void Dispose();

    /// <summary>Times a workload in this process, after one repetition that warms up, and prints the <see cref="Timing"/>.</summary>
    public static int Time(string[] arguments)
    {
        using var scope = new TensorScope();
        using var workload = Find(arguments[0], arguments[2..]);
        GC.Collect();
        _ = malloc_trim(0);
        long loaded = Resident("VmRSS");
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts from here
        var seconds = new List<double>();
        for (int repetition = int.Parse(arguments[1], CultureInfo.InvariantCulture); repetition >= 0; repetition--)
        {
            long start = Stopwatch.GetTimestamp();
            workload.Run();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        var timing = Timing.Of(seconds[1..], Resident("VmHWM") - loaded) with { Figures = workload.Figures };
        Console.WriteLine(timing.ToJson());
        return 0;
    }

    private static Workload Find(string name, string[] words)
    {
        var type = typeof(Workload).Assembly.GetTypes().First(type => type.GetCustomAttribute<WorkloadAttribute>()?.Name == name);
        return (Workload)Activator.CreateInstance(type, [words])!;
    }

    private static long Resident(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[])[':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [DllImport("libc")]
    private static extern int malloc_trim(nint keep);
}

/// <summary>Names a <see cref="Workload"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class WorkloadAttribute(string name) : Attribute
{
    public string Name => name;
}
