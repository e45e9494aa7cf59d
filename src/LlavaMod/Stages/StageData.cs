using LlavaMod.Data;
using LlavaMod.Tokenization;
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

/// <summary>How samples become tokens and pixels, the same for a whole run.</summary>
/// <param name="Tokenizer">Text to ids.</param>
/// <param name="Template">Turns to text.</param>
/// <param name="Images">Pictures to pixels; null in a run of text alone.</param>
public sealed record SampleEncoding(BpeTokenizer Tokenizer, ChatTemplate Template, ImagePreparer? Images)
{
    /// <summary>Encodes one sample or pair.</summary>
    public TrainingSample Encode(string name, IDataset dataset, int index)
    {
        switch (dataset)
        {
            case IDataset<Sample> samples:
                var sample = samples[index];
                return new TrainingSample(Encode(sample.Id, sample.Turns), null, Prepare(name, dataset, sample.Images));
            case IDataset<PreferencePair> pairs:
                var pair = pairs[index];
                return new TrainingSample(Encode(pair.Id, pair.Chosen), Encode(pair.Id, pair.Rejected), Prepare(name, dataset, pair.Images));
            default:
                throw new InvalidOperationException($"{dataset.GetType()} holds neither samples nor pairs");
        }
    }

    /// <summary>Encodes a conversation.</summary>
    public EncodedSample Encode(string id, IReadOnlyList<Turn> turns)
    {
        var encoded = Template.Encode(turns, Tokenizer);
        return new EncodedSample(id, encoded.InputIds, encoded.Labels);
    }

    private PreparedImage[] Prepare(string name, IDataset dataset, IReadOnlyList<string> images)
    {
        if (images.Count == 0) return [];
        var preparer = Images ?? throw new UserError($"data.{name} has images; no model of the recipe has a vision tower");
        return [.. images.Select(image => preparer.Prepare(name, dataset.Images, image))];
    }
}
