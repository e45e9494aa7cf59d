using LlavaMod.Data;
using LlavaMod.Data.Formats;
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

    /// <summary>The ids at which an answer is over.</summary>
    public IReadOnlyCollection<int> EndsOfAnswer => Template.EndsOfAnswer(Tokenizer);

    /// <summary>Named pictures to pixels; null in a run of text alone.</summary>
    public ImagePreparer? Images { get; } = Preprocessor is null ? null : new ImagePreparer(Preprocessor);

    /// <summary>Encodes one sample or pair.</summary>
    /// <exception cref="BrokenRowException">The row is broken, or a picture of it is; it is counted and may be left out.</exception>
    /// <exception cref="UserError">A broken row ends the run, or there is no vision tower to look at its pictures.</exception>
    public TrainingSample Encode(string name, IDataset dataset, int index)
    {
        switch (dataset)
        {
            case IDataset<Sample> samples:
                var sample = samples[index];
                return new TrainingSample(Encode(sample.Id, sample.Turns), null, PrepareRow(name, dataset, index, sample.Id, sample.Images));
            case IDataset<PreferencePair> pairs:
                var pair = pairs[index];
                return new TrainingSample(Encode(pair.Id, pair.Chosen), Encode(pair.Id, pair.Rejected), PrepareRow(name, dataset, index, pair.Id, pair.Images));
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

    private PreparedImage[] PrepareRow(string name, IDataset dataset, int index, string id, IReadOnlyList<string> images)
    {
        try
        {
            return Prepare(name, dataset, images);
        }
        catch (UserError e) when (Images is not null && e.InnerException is not (DllNotFoundException or EntryPointNotFoundException))
        {
            throw dataset.Reject(index, id, e.Message);
        }
    }
}
