using LlavaMod.Runs;

namespace LlavaMod.Cli.Results;

/// <summary>What the quickstart is run for, a sentence each: is the teacher better than the control, does distillation close the gap, do preferences help?</summary>
internal static class Directions
{
    public static IEnumerable<string> Of(RunSummary summary)
    {
        var (teacher, control) = (Find("teacher"), Find("student-sft"));
        var (sparse, preferred) = (Find("student-d2s"), Find("student-preference"));
        if (teacher?.Accuracy is { } taught && control?.Accuracy is { } alone)
        {
            yield return $"teacher over student-sft: {Figures.Points(taught - alone)} of accuracy ({Figures.Percent(taught)} against {Figures.Percent(alone)})";
            if (sparse?.Accuracy is { } distilled && taught > alone)
                yield return $"student-d2s closes {Figures.Percent((distilled - alone) / (taught - alone))} of that gap ({Figures.Points(distilled - alone)} over student-sft)";
        }
        if (sparse?.ChairS is { } before && preferred?.ChairS is { } after)
            yield return $"preference: CHAIR s {Figures.Percent(before)} -> {Figures.Percent(after)} ({Figures.Points(after - before)})";
        if (sparse?.Accuracy is { } kept && preferred?.Accuracy is { } left)
            yield return $"preference: accuracy {Figures.Percent(kept)} -> {Figures.Percent(left)} ({Figures.Points(left - kept)})";

        ModelSummary? Find(string name) => summary.Models.FirstOrDefault(model => model.Name == name);
    }
}
