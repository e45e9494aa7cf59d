using LlavaMod.Data.Formats;

namespace LlavaMod.Data;

/// <summary>Reading a dataset from its first row to its last.</summary>
public static class DatasetReading
{
    /// <summary>The samples with their numbers, in order. Broken rows are left out and counted in <see cref="IDataset.Broken"/>.</summary>
    /// <exception cref="UserError">A broken row ends the run.</exception>
    public static IEnumerable<(int Index, T Sample)> Usable<T>(this IDataset<T> dataset) where T : class
    {
        for (var i = 0; i < dataset.Count; i++)
        {
            if (dataset.UsableAt(i) is { } sample)
                yield return (i, sample);
        }
    }

    /// <summary>The sample of a number; null for a broken row, which is counted in <see cref="IDataset.Broken"/>.</summary>
    /// <exception cref="UserError">A broken row ends the run.</exception>
    public static T? UsableAt<T>(this IDataset<T> dataset, int index) where T : class
    {
        try
        {
            return dataset[index];
        }
        catch (BrokenRowException)
        {
            return null;
        }
    }
}
