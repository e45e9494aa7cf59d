using System.Runtime.ExceptionServices;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Teachers;

/// <summary>
/// Reads the samples that a cache is to hold, in order, on all cores, a window of rows at a time; the next window is read while the teacher works on one.
/// </summary>
/// <param name="sources">The datasets.</param>
/// <param name="encoding">How samples become tokens and pixels.</param>
/// <param name="settings">The cache's settings.</param>
internal sealed class CacheReading(IReadOnlyList<CacheSource> sources, SampleEncoding encoding, CacheSettings settings)
{
    /// <summary>Rows of one window.</summary>
    public const int Window = 64;

    private readonly byte[] hash = settings.Hash();

    /// <summary>Rows in all.</summary>
    public int Count { get; } = checked(sources.Sum(source => source.Rows));

    /// <summary>The windows.</summary>
    public IEnumerable<CacheRow[]> Windows()
    {
        var rows = sources.SelectMany(source => Enumerable.Range(0, source.Rows).Select(row => (source, row))).Chunk(Window).GetEnumerator();
        var next = Begin();
        try
        {
            while (next is not null)
            {
                var window = next.GetAwaiter().GetResult();
                next = Begin();
                yield return window;
            }
        }
        finally
        {
            if (next is not null) Task.WaitAny(next); // whoever stops early closes the datasets
        }

        Task<CacheRow[]>? Begin() => rows.MoveNext() ? Task.Run(() => ReadAll(rows.Current)) : null;
    }

    private CacheRow[] ReadAll((CacheSource Source, int Row)[] rows)
    {
        var read = new CacheRow[rows.Length];
        try
        {
            Parallel.For(0, rows.Length, i => read[i] = Read(rows[i].Source, rows[i].Row));
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
        return read;
    }

    private CacheRow Read(CacheSource source, int row)
    {
        try
        {
            var sample = encoding.Encode(source.Name, source.Dataset, row) with { Source = source.Name };
            if (sample.Rejected is not null) throw new UserError($"{source.Name} holds preference pairs, and a teacher cache is of supervised samples; give it other data");
            return new CacheRow(sample, CacheKey.Of(hash, sample), BatchLoader.Misfit(sample, settings.TokensPerImage, settings.MaxLength), null);
        }
        catch (BrokenRowException broken)
        {
            return new CacheRow(null, 0, null, broken);
        }
    }
}

/// <summary>A row that was read.</summary>
/// <param name="Sample">The sample; null where the row is broken.</param>
/// <param name="Key">Its key.</param>
/// <param name="Misfit">Why it is left out, as a stage would leave it out; null where it is not.</param>
/// <param name="Broken">What is wrong with the row, or null.</param>
internal sealed record CacheRow(TrainingSample? Sample, UInt128 Key, string? Misfit, BrokenRowException? Broken)
{
    /// <summary>The length that samples of a batch should have in common.</summary>
    public int LengthWith(int tokensPerImage) => Splicer.LengthOf(Sample!.Chosen, tokensPerImage);
}
