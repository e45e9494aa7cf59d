using LlavaMod.Data.Formats;

namespace LlavaMod.Data;

/// <summary>Reading a dataset from its first row to its last.</summary>
public static class DatasetReading
{
    private const int CheckedWhole = 20_000;
    private const int CheckedFirst = 1000;

    /// <summary>
    /// Looks at the rows of a small dataset, of 20,000 rows at most, and at the first 1,000 of a larger one, so that broken rows show before
    /// anything is trained, and a wrong format or image folder at once. Generated datasets are taken as they are.
    /// </summary>
    /// <exception cref="UserError">None of these rows can be used, or more are broken than the dataset's options let pass.</exception>
    public static void CheckStart(this IDataset dataset)
    {
        if (dataset is not IStoredRows)
            return;
        var looked = dataset.Count <= CheckedWhole ? dataset.Count : CheckedFirst;
        if (Enumerable.Range(0, looked).Count(dataset.IsUsable) == 0)
            throw new UserError($"no usable row among the first {looked:N0}; the first of them: {dataset.Broken.First[0]}");
    }

    /// <summary>Whether a row can be used; a broken one is counted in <see cref="IDataset.Broken"/>.</summary>
    /// <exception cref="UserError">A broken row ends the run.</exception>
    public static bool IsUsable(this IDataset dataset, int index) => dataset switch
    {
        IDataset<Sample> samples => samples.UsableAt(index) is not null,
        IDataset<PreferencePair> pairs => pairs.UsableAt(index) is not null,
        _ => throw new InvalidOperationException($"{dataset.GetType()} holds neither samples nor pairs"),
    };

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
        catch (BrokenRowException broken)
        {
            broken.Count();
            return null;
        }
    }
}
