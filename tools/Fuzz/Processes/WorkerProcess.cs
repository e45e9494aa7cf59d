using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Processes;

/// <summary>A worker as its parent sees it: asked, watched, and made anew after it died of a mutant or was stopped in one.</summary>
public sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    private readonly string? assembly;
    private readonly TimeSpan patience;
    private Process? process;
    private readonly StringBuilder complaints = new();

    /// <param name="assembly">An assembly with targets, instead of this one's.</param>
    /// <param name="patience">How long one mutant may wait, without using the processor, before it counts as hanging.</param>
    public WorkerProcess(string? assembly = null, TimeSpan? patience = null) =>
        (this.assembly, this.patience) = (assembly, patience ?? TimeSpan.FromSeconds(60));

    /// <summary>Tries mutants of a target from a number on.</summary>
    public async Task<Outcome> Run(FuzzTarget target, int seed, long from, long count)
    {
        var outcome = Outcome.None;
        for (var next = from; next < from + count;)
        {
            var (found, last) = await Ask(target, new Slice(target.Name, seed, next, from + count - next, null));
            (outcome, next) = (outcome + found, last + 1);
            if (last < 0) // its own file kills it: mutants would tell nothing more
                break;
        }
        return outcome;
    }

    /// <summary>Tries a mutant that was saved.</summary>
    public async Task<Outcome> Run(FuzzTarget target, string path) => (await Ask(target, new Slice(target.Name, 0, 0, 1, path))).Found;

    // What was found up to the end of the slice or the worker's, and the number of the last mutant that was tried.
    private async Task<(Outcome Found, long Last)> Ask(FuzzTarget target, Slice slice)
    {
        process ??= Start();
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(slice));
        await process.StandardInput.FlushAsync();
        var failures = new List<Failure>();
        long current = -1, counted = 0;
        while (true)
        {
            var (line, hung) = await NextLine(process);
            if (line is null)
            {
                var end = hung ?? await End(process);
                Stop();
                failures.Add(new Failure(target, slice.Seed, current, hung is null ? "crash" : "hang", end));
                return (new Outcome(0, Math.Max(0, counted - failures.Count(failure => failure.Number >= 0)), failures), current);
            }
            if (long.TryParse(line, out var number))
            {
                (current, counted) = (number, counted + (number >= 0 ? 1 : 0));
                continue;
            }
            var answer = JsonSerializer.Deserialize<Answer>(line)!;
            if (answer.Done)
                return (new Outcome(answer.Loaded, answer.Refused, failures), slice.From + slice.Count - 1);
            failures.Add(new Failure(target, slice.Seed, answer.Number, answer.Kind, answer.Detail));
        }
    }

    // Null where the worker has ended or hangs, and then why it counts as hanging.
    private async Task<(string? Line, string? Hung)> NextLine(Process worker)
    {
        var line = worker.StandardOutput.ReadLineAsync();
        var (clock, used) = (Stopwatch.StartNew(), TimeUsed(worker));
        while (await Task.WhenAny(line, Task.Delay(Glance)) != line)
        {
            var busy = TimeUsed(worker) - used;
            // Twice the limit: what is just over it, the worker tells itself.
            if (busy > 2 * Trial.MostTime)
                return (null, $"still busy after {busy.TotalSeconds:F1} s of processor time");
            if (clock.Elapsed > patience)
                return (null, $"no answer after {clock.Elapsed.TotalSeconds:F0} s, {busy.TotalSeconds:F1} s of them busy");
        }
        return (await line, null);
    }

    private static TimeSpan TimeUsed(Process worker)
    {
        worker.Refresh();
        return worker.HasExited ? TimeSpan.Zero : worker.TotalProcessorTime;
    }

    private async Task<string> End(Process worker)
    {
        await worker.WaitForExitAsync();
        lock (complaints)
            return $"the process ended with code {worker.ExitCode}\n{complaints}";
    }

    private Process Start()
    {
        string[] program = [typeof(WorkerProcess).Assembly.Location, Worker.Argument];
        var info = new ProcessStartInfo("dotnet", assembly is null ? program : [.. program, assembly])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["OMP_NUM_THREADS"] = "1";
        info.Environment["DOTNET_GCgen0size"] = "0x800000"; // a small nursery: what a mutant allocates does not hide in it
        info.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        var started = Process.Start(info)!;
        lock (complaints)
            complaints.Clear();
        started.ErrorDataReceived += (_, line) => Complain(line.Data);
        started.BeginErrorReadLine();
        return started;
    }

    private void Complain(string? line)
    {
        lock (complaints)
            if (complaints.Length < 10_000)
                complaints.AppendLine(line);
    }

    private void Stop()
    {
        if (process is not { } stopped)
            return;
        process = null;
        if (!stopped.HasExited)
            stopped.Kill();
        stopped.WaitForExit();
        Sweep(stopped.Id);
        stopped.Dispose();
    }

    // What a worker that died could not remove.
    private static void Sweep(int id)
    {
        foreach (var parent in (string[])["/dev/shm", Path.GetTempPath()])
            foreach (var left in Directory.Exists(parent) ? Directory.GetDirectories(parent, $"llavamod-fuzz-{id}-*") : [])
                Directory.Delete(left, recursive: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process?.StandardInput.Close();
        process?.WaitForExit(TimeSpan.FromSeconds(5));
        Stop();
    }
}
