using LlavaMod.Models;
using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Teachers;

/// <summary>
/// Makes a teacher cache, or goes on with one, which may be of further data: samples that it holds are not computed again. The teacher always sees a sample
/// among the same others, so that a cache whose making was stopped ends bit for bit as one whose making was not.
/// </summary>
/// <param name="teacher">The teacher.</param>
/// <param name="model">Its folder.</param>
/// <param name="encoding">How samples reach it.</param>
/// <param name="settings">What is made.</param>
/// <param name="folder">The cache.</param>
public sealed class CacheRun(Llava teacher, string model, SampleEncoding encoding, CacheSettings settings, string folder)
{
    private const int BatchSize = 8; // samples that the teacher is asked about at once
    private const int Named = 20;    // samples that are left out, one by one

    private readonly List<string> left = [];
    private int leftOut;

    /// <summary>The samples that were left out, the first of them by name; empty where none was.</summary>
    public IReadOnlyList<string> LeftOut => leftOut > left.Count ? [.. left, $"and {leftOut - left.Count:N0} more"] : left;

    /// <summary>Makes it.</summary>
    /// <param name="sources">The data.</param>
    /// <param name="progress">Is told how many rows of how many are done.</param>
    /// <param name="cancellation">Stops after the batch in flight; all that is done is kept.</param>
    /// <exception cref="UserError">The folder holds a cache of something else or a damaged one, or a row of the data ends the making.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public CacheManifest Execute(IReadOnlyList<CacheSource> sources, Action<int, int> progress, CancellationToken cancellation)
    {
        using var held = Hold();
        using var writer = new CacheWriter(folder);
        using var pass = new TeacherPass(teacher, settings);
        var reading = new CacheReading(sources, encoding, settings);
        var seen = new HashSet<UInt128>();
        int done = 0;
        foreach (var window in reading.Windows())
        {
            foreach (var row in window.Where(row => row.Misfit is not null || row.Broken is not null)) LeaveOut(row);
            var fresh = window.Where(row => row is { Broken: null, Misfit: null } && seen.Add(row.Key)).OrderBy(row => row.LengthWith(settings.TokensPerImage));
            foreach (var batch in fresh.Chunk(BatchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                Write(batch, pass, writer);
            }
            progress(done += window.Length, reading.Count);
        }
        return Finish(writer);
    }

    private IDisposable Hold()
    {
        Directory.CreateDirectory(folder);
        var held = FolderLock.Take(folder, $"{folder}: another process is making this cache; wait for it, or name another folder with --out");
        try
        {
            if (File.Exists(Path.Combine(folder, CacheManifest.FileName)) && CacheManifest.Read(folder).Settings.Misfit(settings) is { } misfit)
                throw new UserError($"{Path.Combine(folder, CacheManifest.FileName)}: {misfit}; make another with --out, or delete this one");
            Manifest(complete: false, samples: 0, tokens: 0, bytes: 0).Write(folder);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    // The whole batch is computed even where a stopped process has written some of it: rounding depends on the company.
    private static void Write(CacheRow[] batch, TeacherPass pass, CacheWriter writer)
    {
        if (batch.All(row => writer.Contains(row.Key))) return;
        foreach (var (row, distributions) in batch.Zip(pass.Of(batch)))
        {
            if (!writer.Contains(row.Key)) writer.Add(row.Key, distributions);
        }
        writer.Flush();
    }

    private CacheManifest Finish(CacheWriter writer)
    {
        if (writer.Count == 0) throw new UserError($"no sample of the data is usable at max_length {settings.MaxLength}{(left.Count > 0 ? $": the first is {left[0]}" : "")}");
        var manifest = Manifest(complete: true, writer.Count, writer.Positions, writer.Finish());
        manifest.Write(folder);
        return manifest;
    }

    private CacheManifest Manifest(bool complete, long samples, long tokens, long bytes) =>
        new(CacheManifest.Current, complete, model, settings, samples, tokens, bytes, tokens == 0 ? 0 : Math.Round((double)bytes / tokens, 2));

    private void LeaveOut(CacheRow row)
    {
        row.Broken?.Count();
        leftOut++;
        if (left.Count < Named) left.Add(row.Broken?.Message ?? $"{row.Sample!.Source}: sample {row.Sample.Chosen.Id}: {row.Misfit}");
    }
}
