namespace LlavaMod.Data.Formats;

/// <summary>What happens when a row turns out to be unusable: <c>on_error</c> of a dataset.</summary>
public enum OnError
{
    /// <summary>It is reported, counted and left out, up to <c>max_error_share</c> of the dataset's rows.</summary>
    Skip,

    /// <summary>It ends the run.</summary>
    Fail,
}
