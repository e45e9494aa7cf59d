using LlavaMod.Data;

namespace LlavaMod.Training;

/// <summary>A stage's samples by number, encoded. Safe to use from several threads.</summary>
public interface ITrainingData
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Reads and encodes one.</summary>
    /// <exception cref="Data.Formats.BrokenRowException">The sample cannot be used; it is counted and left out.</exception>
    TrainingSample Load(int index);
}

/// <summary>One encoded sample: a supervised row, or the two answers of a preference pair, with their images.</summary>
public sealed record TrainingSample(EncodedSample Chosen, EncodedSample? Rejected, IReadOnlyList<PreparedImage> Images);
