using LlavaMod.Data;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>The datasets of a stage as one, encoded with the run's tokenizer, template and image preprocessing.</summary>
/// <param name="datasets">By name, in the recipe's order.</param>
/// <param name="encoding">How samples become tokens and pixels.</param>
public sealed class StageData(IReadOnlyList<KeyValuePair<string, IDataset>> datasets, SampleEncoding encoding) : ITrainingData
{
    /// <inheritdoc/>
    public int Count { get; } = datasets.Sum(dataset => dataset.Value.Count);

    /// <inheritdoc/>
    public TrainingSample Load(int index)
    {
        foreach (var (name, dataset) in datasets)
        {
            if (index < dataset.Count) return encoding.Encode(name, dataset, index);
            index -= dataset.Count;
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }
}
