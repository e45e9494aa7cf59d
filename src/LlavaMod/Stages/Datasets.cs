using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;

namespace LlavaMod.Stages;

/// <summary>The recipe's datasets, each opened when it is first asked for.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="report">Told of each broken row when it is first counted: by the thread that opens data, trains and evaluates.</param>
public sealed class Datasets(Recipe recipe, Action<string> report) : IDisposable
{
    private const int Named = 100; // broken rows of a dataset, one by one

    private readonly Dictionary<string, IDataset> open = [];

    /// <summary>A dataset by its name in the recipe.</summary>
    /// <exception cref="UserError">It cannot be read, or a row of it is broken.</exception>
    public IDataset this[string name]
    {
        get
        {
            if (open.TryGetValue(name, out var dataset)) return dataset;
            var spec = recipe.Data[name];
            dataset = open[name] = Catalog<IDatasetFormat>.Create(spec.Format, spec.Options).Open(ImageSource.Open);
            dataset.Broken.Report = error => Tell(name, dataset, error);
            dataset.CheckStart();
            return dataset;
        }
    }

    private void Tell(string name, IDataset dataset, DataError error)
    {
        if (dataset.Broken.Count <= Named) report($"data.{name}: left out: {error}");
        if (dataset.Broken.Count == Named) report($"data.{name}: further broken rows are counted; llavamod data check names all of them");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var dataset in open.Values) dataset.Dispose();
    }
}
