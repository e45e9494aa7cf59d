namespace LlavaMod.Tests;

/// <summary>
/// For tests that hold two computations together bit for bit. OpenBLAS has one number of threads for the whole process, which jobs side by side set and
/// reset; a product that is split over threads may round differently.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}
