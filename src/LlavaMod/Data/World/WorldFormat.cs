using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.World;

/// <summary>The built-in world as a recipe's dataset: nothing is read, every sample is made when it is asked for.</summary>
[DatasetFormat("world", Summary = "the built-in world of coloured shapes, made from a seed")]
public sealed class WorldFormat(WorldFormat.Options options) : IDatasetFormat
{
    /// <summary>What a recipe may take from the world.</summary>
    public enum Material
    {
        /// <summary>Conversations without images, for a language model.</summary>
        Text,

        /// <summary>A picture and its caption.</summary>
        Captions,

        /// <summary>A picture and several questions.</summary>
        Questions,

        /// <summary>A picture, its caption and several questions.</summary>
        Mixed,

        /// <summary>Pairs: the true caption, and one with a planted hallucination.</summary>
        Preference,
    }

    /// <summary>Which world, and what of it.</summary>
    public sealed record Options : IDatasetOptions
    {
        /// <summary>Scenes, one a sample.</summary>
        [Range(1, int.MaxValue)]
        public required int Count { get; init; }

        /// <summary>The world's seed.</summary>
        [Range(0, int.MaxValue)]
        public int Seed { get; init; }

        /// <summary>What the samples hold.</summary>
        public Material Content { get; init; } = Material.Mixed;

        /// <summary>Which scenes.</summary>
        public WorldSplit Split { get; init; } = WorldSplit.Train;

        /// <summary>Side of the pictures, pixels.</summary>
        [Range(56, 64)]
        public int ImageSize { get; init; } = 56;

        /// <summary>Probability that an answer or an attribute in a caption is wrong; training only.</summary>
        [Range(0.0, 1.0)]
        public double LabelNoise { get; init; }

        /// <summary>Most questions of a conversation.</summary>
        [Range(1, WorldDataset.MaxQuestions)]
        public int Questions { get; init; } = WorldDataset.DefaultQuestions;

        /// <inheritdoc/>
        public bool YieldsPairs => Content == Material.Preference;
    }

    /// <inheritdoc/>
    public IDataset Open(Func<string, IImageSource> openImages)
    {
        var world = new ShapeWorld(options.Seed, options.ImageSize);
        return options.Content == Material.Preference
            ? new Drawn<PreferencePair>(new WorldPreferences(world, options.Split, options.Count), world, options)
            : new Drawn<Sample>(
                new WorldDataset(world, options.Split, (WorldContent)options.Content, options.Count, options.LabelNoise, options.Questions), world, options);
    }

    private sealed class Drawn<T>(IReadOnlyList<T> samples, ShapeWorld world, Options options) : IDataset<T>
    {
        public int Count => samples.Count;

        public IImageSource Images { get; } = new WorldImages(world, PngEncoder.Encode);

        // The samples are a function of the options.
        public string ContentHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.ToString())));

        public BrokenRows Broken { get; } = new(samples.Count, OnError.Fail, 0);

        public BrokenRowException Reject(int index, string? id, string reason) => Broken.Add(index, new DataError("the built-in world", index + 1, id, reason));

        public T this[int index] => samples[index];

        public void Dispose() => Images.Dispose();
    }
}
