using LlavaMod.Performance.Results;

namespace LlavaMod.Performance;

/// <summary>A row of the benchmark: what <c>--only</c> names, and what a run keeps once it is measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="What">What is measured, in a line.</param>
/// <param name="Seconds">About how long that takes.</param>
/// <param name="Measure">Measures; throws <see cref="RowFailedException"/>.</param>
internal sealed record Row(string Name, string What, Func<Session, double> Seconds, Func<Session, IReadOnlyList<Line>> Measure)
{
    /// <summary>All rows, in the order of the table.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        .. typeof(Row).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IRows)))
            .Select(type => (IRows)Activator.CreateInstance(type)!).OrderBy(rows => rows.Order).SelectMany(rows => rows.Rows),
    ];
}

/// <summary>Some rows that are alike. A class that implements it is found: adding a row is adding its file.</summary>
internal interface IRows
{
    /// <summary>Place in the table.</summary>
    int Order { get; }

    IEnumerable<Row> Rows { get; }
}
