namespace LlavaMod.Data.Formats;

/// <summary>The options of a dataset format.</summary>
public interface IDatasetOptions
{
    /// <summary>Whether the dataset holds preference pairs rather than supervised samples.</summary>
    bool YieldsPairs { get; }
}
