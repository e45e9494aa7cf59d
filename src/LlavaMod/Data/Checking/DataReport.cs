using System.Collections;
using System.Text.RegularExpressions;

namespace LlavaMod.Data.Checking;

/// <summary>What a check of a dataset has found.</summary>
public sealed partial record DataReport
{
    /// <summary>All rows.</summary>
    public required int Rows { get; init; }

    /// <summary>A bit for each row: whether it can be used.</summary>
    public required BitArray Usable { get; init; }

    /// <summary>Images that the usable rows name, each as often as it is named.</summary>
    public required long Images { get; init; }

    /// <summary>How many rows are broken for each kind of reason, the most frequent first.</summary>
    public required IReadOnlyList<KeyValuePair<string, int>> Reasons { get; init; }

    /// <summary>How long the usable rows are, in tokens; of a pair the longer answer counts.</summary>
    public required LengthHistogram Lengths { get; init; }

    /// <summary>Usable rows whose id has come up before.</summary>
    public required Repeats RepeatedIds { get; init; }

    /// <summary>Usable rows that are stored byte for byte like one before.</summary>
    public required Repeats RepeatedRows { get; init; }

    /// <summary>How many rows are broken.</summary>
    public int Broken => Reasons.Sum(reason => reason.Value);

    /// <summary>A reason without the names and numbers that differ from row to row.</summary>
    public static string KindOf(string reason) => Particular().Replace(reason, match => match.Value[0] switch { '\'' => "'...'", ':' => "", _ => "N" });

    // What a JSON reader says quotes whatever it met.
    [GeneratedRegex(@"(?<=not JSON):.*|'[^']*'|\d[\d,.]*(?<![,.])")]
    private static partial Regex Particular();
}
