using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>
/// Features of a run's frozen towers, in memory and in the run folder. A stage keeps and writes those of its pictures where they come up
/// again. When the run is complete, they go.
/// </summary>
internal sealed class RunFeatures : IDisposable
{
    private readonly FrozenTowers towers;
    private readonly RunFolder folder;
    private readonly ITrainingObserver observer;
    private readonly FeatureStore? store;
    private (int Found, int Written, int Refused) told;

    public RunFeatures(Recipe recipe, RunFolder folder, ITrainingObserver observer)
    {
        (towers, this.folder, this.observer) = (new FrozenTowers(recipe), folder, observer);
        if (recipe.Image.FeaturesOnDisk > 0) store = new FeatureStore(folder.Features, (long)(recipe.Image.FeaturesOnDisk * 1e9));
        Vision = new VisionFeatures(store: store);
    }

    /// <summary>The features themselves.</summary>
    public VisionFeatures Vision { get; }

    /// <summary>A stage begins whose data makes <paramref name="count"/> samples a pass.</summary>
    public void Begin(StageSpec stage, int count) => Vision.Keeps = towers.SeeAgain(stage, count);

    /// <summary>Says what the store has done for a stage.</summary>
    public void Complete(StageSpec stage)
    {
        Vision.Keeps = false; // evaluation asks about every picture once
        if (store is null) return;
        var (found, written, refused) = (store.Found - told.Found, store.Written - told.Written, store.Refused - told.Refused);
        told = (store.Found, store.Written, store.Refused);
        if (found + written + refused == 0 && store.Failure is null) return;
        string damaged = refused > 0 ? $", {refused:N0} damaged and computed again" : "";
        string failure = store.Failure is { } reason ? $"; no more are written: {reason}" : "";
        observer.Message($"{stage.Name}: vision features in {Path.GetFileName(folder.Features)}: {written:N0} written, {found:N0} read{damaged}{failure}");
    }

    /// <summary>Removes the store: the run is complete.</summary>
    public void Clear()
    {
        if (Directory.Exists(folder.Features)) Directory.Delete(folder.Features, recursive: true);
    }

    public void Dispose() => Vision.Dispose();
}
