using LlavaMod.Data;
using LlavaMod.Teachers;

namespace LlavaMod.Training;

/// <summary>A stage's samples by number, encoded. Safe to use from several threads.</summary>
public interface ITrainingData
{
    /// <summary>Samples of one pass over the data.</summary>
    int Count { get; }

    /// <summary>Reads and encodes one.</summary>
    /// <param name="pass">Which pass over the data, from 0: passes may hold different rows.</param>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="Data.Formats.BrokenRowException">The sample cannot be used; it is left out and counted.</exception>
    TrainingSample Load(long pass, int index);

    /// <summary>About how long one is; asked for where samples are grouped by it.</summary>
    /// <param name="pass">As for <see cref="Load"/>.</param>
    /// <param name="index">As for <see cref="Load"/>.</param>
    /// <exception cref="UserError">The data cannot be read.</exception>
    SampleSize SizeOf(long pass, int index);
}

/// <summary>One encoded sample: a supervised row, or the two answers of a preference pair, with their images.</summary>
public sealed record TrainingSample(EncodedSample Chosen, EncodedSample? Rejected, IReadOnlyList<PreparedImage> Images)
{
    /// <summary>The dataset that it is from.</summary>
    public string Source { get; init; } = "";

    /// <summary>What a cache holds of the teacher at each of its response positions; null without a cache.</summary>
    public SparseSample? Teacher { get; init; }
}
