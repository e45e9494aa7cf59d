using LlavaMod.Data;

namespace LlavaMod.Teachers;

/// <summary>A dataset whose samples a teacher is asked about.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Dataset">Its samples.</param>
/// <param name="Rows">How many of its rows are used, from the start.</param>
public sealed record CacheSource(string Name, IDataset Dataset, int Rows);
