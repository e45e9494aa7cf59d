using System.Globalization;
using LlavaMod.Training;

namespace LlavaMod.Bench.Memory;

/// <summary>Notes every stage's peak: of tensors, and of the process, which never gives back what an earlier stage took.</summary>
internal sealed class PeakWatch : ITrainingObserver
{
    public Dictionary<string, (long Tensors, long Process)> Peaks { get; } = [];

    public void StageStarted(string stage, int steps, int done) => File.WriteAllText("/proc/self/clear_refs", "5"); // the process's peak starts from here

    public void Step(StepResult result, double seconds)
    {
    }

    public void StageFinished(string stage, long peakMemory)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        long kilobytes = long.Parse(line.Split((char[])[':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        Peaks[stage] = (peakMemory, 1024 * kilobytes);
    }

    public void Evaluating(string model, int done, int total)
    {
    }

    public void Message(string text) => Console.WriteLine(text);
}
