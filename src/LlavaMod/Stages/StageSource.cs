using LlavaMod.Data;
using LlavaMod.Recipes;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>
/// A dataset's part in a stage. Of R rows and weight w it has E = round(w R) places in every pass, at least one. Place i of pass p holds number
/// p E + i of an endless series that goes through the rows again and again, so that a row stands floor(E / R) or one more times in a pass, and
/// all rows equally often in the long run. Where E is no multiple of R, the series goes through the rows in a shuffled order, the same each time.
/// </summary>
public sealed class StageSource
{
    private readonly IndexPermutation? permutation;
    private SampleSizes? sizes;

    /// <summary>Takes the stage's part of a dataset.</summary>
    /// <param name="spec">How much of it.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="UserError">The weight makes more places than can be numbered.</exception>
    public StageSource(SourceSpec spec, IDataset dataset, int seed)
    {
        (Name, Dataset, Rows) = (spec.Name, dataset, Math.Min(dataset.Count, spec.Limit ?? int.MaxValue));
        double places = Math.Round(spec.Weight * Rows, MidpointRounding.AwayFromZero);
        if (places > int.MaxValue) throw new UserError(FormattableString.Invariant($"data {Name}: weight {spec.Weight} makes {places:N0} samples of {Rows:N0} rows; at most {int.MaxValue:N0} are possible"));
        Count = Rows == 0 ? 0 : Math.Max(1, (int)places);
        if (Rows > 0 && Count % Rows != 0) permutation = new IndexPermutation($"{seed}/{Name}/rows", Rows);
    }

    /// <summary>The dataset's name.</summary>
    public string Name { get; }

    /// <summary>The dataset.</summary>
    public IDataset Dataset { get; }

    /// <summary>How many of its rows are used, from the start.</summary>
    public int Rows { get; }

    /// <summary>Its places in a pass over the stage's data.</summary>
    public int Count { get; }

    /// <summary>The row at a place.</summary>
    /// <param name="pass">The pass, from 0.</param>
    /// <param name="place">From 0 to <see cref="Count"/> - 1.</param>
    public int RowAt(long pass, int place)
    {
        int row = (int)((pass * Count + place) % Rows);
        return permutation?.At(row) ?? row;
    }

    /// <summary>About how long a row is. The first call reads all of the source's rows.</summary>
    internal SampleSize SizeOf(int row) => (sizes ??= new SampleSizes(Dataset, Rows))[row];

    /// <summary>The sources of a stage, in the recipe's order.</summary>
    internal static StageSource[] Of(StageSpec stage, Datasets datasets, int seed) =>
        [.. stage.Data.Select(source => new StageSource(source, datasets[source.Name], seed))];
}
