using LlavaMod.Runs;
using Spectre.Console;

namespace LlavaMod.Cli.Results;

/// <summary>A run's reported models side by side. A figure that was not measured for any of them has no column.</summary>
internal static class ModelTable
{
    private static readonly (string Name, Func<ModelSummary, double?> Value)[] Scores =
    [
        ("accuracy", model => model.Accuracy),
        ("composition", model => model.CompositionAccuracy),
        ("POPE F1", model => model.PopeF1),
        ("CHAIR s", model => model.ChairS),
        ("CHAIR i", model => model.ChairI),
    ];

    public static Table Of(IReadOnlyList<ModelSummary> models)
    {
        var shown = Scores.Where(score => models.Any(model => score.Value(model) is not null)).ToArray();
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("model");
        foreach (var name in (string[])["parameters", "active", .. shown.Select(score => score.Name), "training"])
            table.AddColumn(name, column => column.RightAligned().NoWrap());
        foreach (var model in models)
        {
            table.AddRow([
                model.Name.EscapeMarkup(), Figures.Count(model.TotalParams), Figures.Count(model.ActiveParams),
                .. shown.Select(score => Figures.Percent(score.Value(model))), Figures.Duration(model.TrainSeconds),
            ]);
        }
        return table;
    }
}
