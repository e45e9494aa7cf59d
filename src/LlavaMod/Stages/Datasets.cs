using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;

namespace LlavaMod.Stages;

/// <summary>The recipe's datasets, each opened when it is first asked for.</summary>
public sealed class Datasets(Recipe recipe) : IDisposable
{
    private readonly Dictionary<string, IDataset> open = [];

    /// <summary>A dataset by its name in the recipe.</summary>
    /// <exception cref="UserError">It cannot be read, or a row of it is broken.</exception>
    public IDataset this[string name]
    {
        get
        {
            if (open.TryGetValue(name, out var dataset)) return dataset;
            var spec = recipe.Data[name];
            return open[name] = Catalog<IDatasetFormat>.Create(spec.Format, spec.Options).Open(ImageSource.Open);
        }
    }

    /// <summary>Names and content hashes of what has been opened, for the run's manifest.</summary>
    public IReadOnlyDictionary<string, string> Hashes => open.ToDictionary(pair => pair.Key, pair => pair.Value.ContentHash);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var dataset in open.Values) dataset.Dispose();
    }
}
