using LlavaMod.Runs;

namespace LlavaMod.Cli.Results;

/// <summary>A run's reported models side by side. A figure that was not measured for any of them has no column.</summary>
internal static class ModelTable
{
    private static readonly (string Name, Func<ModelSummary, double?> Value)[] Scores =
    [
        ("accuracy", model => model.Accuracy),
        ("compos.", model => model.CompositionAccuracy),
        ("POPE F1", model => model.PopeF1),
        ("CHAIR s", model => model.ChairS),
        ("CHAIR i", model => model.ChairI),
    ];

    public static FigureTable Of(IReadOnlyList<ModelSummary> models)
    {
        var shown = Scores.Where(score => models.Any(model => score.Value(model) is not null)).ToArray();
        var table = new FigureTable(["model", "params", "active", .. shown.Select(score => score.Name), "time"]);
        foreach (var model in models)
        {
            table.Add([
                model.Name, Figures.Count(model.TotalParams), Figures.Count(model.ActiveParams),
                .. shown.Select(score => Figures.Percent(score.Value(model))), Figures.Clock(model.TrainSeconds),
            ]);
        }
        return table;
    }
}
