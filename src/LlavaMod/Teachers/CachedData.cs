using LlavaMod.Training;

namespace LlavaMod.Teachers;

/// <summary>A stage's samples, each with what a cache holds of its teacher.</summary>
/// <param name="data">The samples.</param>
/// <param name="cache">The cache.</param>
internal sealed class CachedData(ITrainingData data, TeacherCache cache) : ITrainingData
{
    public int Count => data.Count;

    public SampleSize SizeOf(long pass, int index) => data.SizeOf(pass, index);

    public TrainingSample Load(long pass, int index)
    {
        var sample = data.Load(pass, index);
        // What does not fit is left out and counted by the loader; a cache does not hold it.
        return BatchLoader.Misfit(sample, cache.Manifest.Settings.TokensPerImage, cache.Manifest.Settings.MaxLength) is null ? sample with { Teacher = cache.Find(sample) } : sample;
    }
}
