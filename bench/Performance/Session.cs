using System.Runtime.InteropServices;
using LlavaMod.Torch;

namespace LlavaMod.Performance;

/// <summary>How a run of the benchmark measures.</summary>
/// <param name="Pairs">How often the sides take turns; null as each row does.</param>
/// <param name="Quick">One turn and one repetition: to see that everything runs.</param>
/// <param name="CheckReal">Whether the peer's losses and gradients are compared at the real sizes too.</param>
/// <param name="SlowTypes">Whether the peer runs in bfloat16 where this machine has no arithmetic for it.</param>
internal sealed record SessionOptions(int? Pairs = null, bool Quick = false, bool CheckReal = false, bool SlowTypes = false);

/// <summary>What the rows of one run share.</summary>
/// <param name="options">How to measure.</param>
/// <param name="progress">Where lines of progress go.</param>
/// <param name="measureRates">Measures how fast this machine is.</param>
internal sealed class Session(SessionOptions options, TextWriter progress, Func<Rates> measureRates) : IDisposable
{
    private const double Patience = 20; // seconds that a repetition of the peer's may take in a type that this machine cannot multiply

    private readonly Lazy<Rates> rates = new(measureRates);
    private readonly string folder = Directory.CreateTempSubdirectory("performance").FullName;

    public SessionOptions Options => options;

    /// <summary>How fast this machine is; measured when first asked for.</summary>
    public Rates Rates => rates.Value;

    public int Pairs(int usual) => options.Pairs ?? (options.Quick ? 1 : usual);

    public int Repetitions(int usual) => options.Quick ? 1 : usual;

    /// <summary>A line of progress.</summary>
    public void Say(string line) => progress.WriteLine(line);

    /// <summary>A file for a peer, under a name that is free.</summary>
    public string NewFile() => Path.Combine(folder, $"{Guid.NewGuid():N}.safetensors");

    /// <summary>Why a peer with so many FLOPs is not run in a type; null where it is.</summary>
    public string? Absent(double flops, DType dtype)
    {
        if (options.SlowTypes || Rates.Multiplies(dtype)) return null;
        double seconds = flops / Rates.Of(dtype);
        return seconds <= Patience ? null : FormattableString.Invariant(
            $"plain PyTorch not run: it multiplies bf16 at {Rates.Half / 1e9:f1} GFLOP/s here, which makes at least {seconds / 60:f1} minutes of this; --bf16 runs it");
    }

    /// <summary>Times every side in turn, so often.</summary>
    public Timing[] InTurn(int turns, params (string Name, Func<Timing> Time)[] sides)
    {
        var all = Array.ConvertAll(sides, _ => new List<Timing>());
        GiveBack();
        for (int turn = 0; turn < turns; turn++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                var timing = sides[side].Time();
                all[side].Add(timing);
                Say($"    {sides[side].Name}: {timing.Median * 1e3:f1} ms, {timing.Peak / 1048576.0:f0} MiB ({turn + 1} of {turns})");
            }
        }
        return Array.ConvertAll(all, Timing.Of);
    }

    // Weights were made here to be written; the processes that are measured need the memory.
    private static void GiveBack()
    {
        GC.Collect();
        _ = malloc_trim(0);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [DllImport("libc")]
    private static extern int malloc_trim(nint keep);
}
