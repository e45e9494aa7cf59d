using LlavaMod.Models;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Training;

/// <summary>Frozen means frozen: hashes of the parameters that a stage may not touch, taken at its start and compared at its end.</summary>
public sealed class FrozenWeights
{
    private readonly Dictionary<string, byte[]> hashes;

    /// <summary>Remembers these parameters as they are now.</summary>
    public FrozenWeights(IEnumerable<Parameter> parameters) =>
        hashes = parameters.ToDictionary(parameter => parameter.Name, parameter => TensorHash.Sha256(parameter.Value));

    /// <summary>How many parameters are watched.</summary>
    public int Count => hashes.Count;

    /// <summary>Compares with the parameters as they are now.</summary>
    /// <exception cref="TrainingFailedException">Some have changed; the first are named.</exception>
    public void Verify(IEnumerable<Parameter> parameters, string stage)
    {
        var changed = parameters.Where(parameter => hashes.TryGetValue(parameter.Name, out byte[]? before)
            && !before.AsSpan().SequenceEqual(TensorHash.Sha256(parameter.Value))).Select(parameter => parameter.Name).ToList();
        if (changed.Count == 0) return;
        throw new TrainingFailedException(
            $"stage {stage}: {changed.Count} of {hashes.Count} frozen parameters have changed, the first {string.Join(", ", changed.Take(3))}");
    }
}
