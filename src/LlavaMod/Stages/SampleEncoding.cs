using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;
using LlavaMod.Tokenization;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>How samples become tokens and pixels, the same for a whole run.</summary>
/// <param name="Tokenizer">Text to ids.</param>
/// <param name="TemplateSpec">Turns to text.</param>
/// <param name="Preprocessor">Pictures to pixels; null in a run of text alone.</param>
public sealed record SampleEncoding(Tokenizer Tokenizer, TemplateSpec TemplateSpec, ImagePreprocessor? Preprocessor)
{
    /// <summary>Turns to text.</summary>
    public ChatTemplate Template { get; } = Catalog<ChatTemplate>.Create(TemplateSpec.Name, TemplateSpec.Options);

    /// <summary>Named pictures to pixels; null in a run of text alone.</summary>
    public ImagePreparer? Images { get; } = Preprocessor is null ? null : new ImagePreparer(Preprocessor);

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

    /// <summary>Prepares a sample's images.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="images">The images' names.</param>
    /// <exception cref="UserError">An image is missing or broken, or there is no vision tower to look at it.</exception>
    public PreparedImage[] Prepare(string name, IDataset dataset, IReadOnlyList<string> images)
    {
        if (images.Count == 0) return [];
        var preparer = Images ?? throw new UserError($"data {name} has images, and there is no vision tower to look at them");
        return [.. images.Select(image => preparer.Prepare(name, dataset.Images, image))];
    }
}
