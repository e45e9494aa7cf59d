using LlavaMod.Data.Formats;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>The sources of a stage as one, encoded with the run's tokenizer, template and image preprocessing.</summary>
/// <param name="sources">In the recipe's order.</param>
/// <param name="encoding">How samples become tokens and pixels.</param>
/// <exception cref="UserError">The sources have more places together than can be numbered.</exception>
public sealed class StageData(IReadOnlyList<StageSource> sources, SampleEncoding encoding) : ITrainingData
{
    /// <inheritdoc/>
    public int Count { get; } = CountOf(sources);

    /// <inheritdoc/>
    public SampleSize SizeOf(long pass, int index)
    {
        var (source, row) = Find(pass, index);
        return source.SizeOf(row);
    }

    /// <inheritdoc/>
    public TrainingSample Load(long pass, int index)
    {
        var (source, row) = Find(pass, index);
        try
        {
            return encoding.Encode(source.Name, source.Dataset, row) with { Source = source.Name };
        }
        catch (BrokenRowException broken)
        {
            broken.Dataset = source.Name;
            throw;
        }
    }

    /// <summary>The numbers of the broken rows that each dataset has counted.</summary>
    public IReadOnlyDictionary<string, int[]> Broken() => sources.ToDictionary(source => source.Name, source => source.Dataset.Broken.Met());

    /// <summary>Takes broken rows as counted, as a stage that goes on has left them.</summary>
    public void Restore(IReadOnlyDictionary<string, int[]> broken)
    {
        foreach (var source in sources) source.Dataset.Broken.Restore(broken.GetValueOrDefault(source.Name) ?? []);
    }

    private (StageSource Source, int Row) Find(long pass, int index)
    {
        foreach (var source in sources)
        {
            if (index < source.Count) return (source, source.RowAt(pass, index));
            index -= source.Count;
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }

    internal static int CountOf(IReadOnlyList<StageSource> sources)
    {
        long count = sources.Sum(source => (long)source.Count);
        return count <= int.MaxValue ? (int)count : throw new UserError($"the stage's data has {count:N0} samples a pass; at most {int.MaxValue:N0} are possible: lower weights, or set limits");
    }
}
