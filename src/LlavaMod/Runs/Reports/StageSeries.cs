namespace LlavaMod.Runs.Reports;

/// <summary>
/// What the charts of one stage need from its steps, gathered in one pass. A stage has any number of steps and a chart few pixels, so
/// values are averaged over equal spans of steps.
/// </summary>
internal sealed class StageSeries(string name, int steps)
{
    private const int LossPoints = 800;
    private const int SharePoints = 80;
    private const int LoadPoints = 48;

    public string Name { get; } = name;

    /// <summary>How many steps the stage has been given; the run may have stopped earlier.</summary>
    public int Steps { get; } = Math.Max(1, steps);

    public int StepsDone { get; private set; }

    public double FirstLoss { get; private set; }

    public double LastLoss { get; private set; }

    public double Seconds { get; private set; }

    /// <summary>How many of the seconds steps have waited for data.</summary>
    public double DataWait { get; private set; }

    public long Tokens { get; private set; }

    public Spans Loss { get; } = new(steps, LossPoints);

    /// <summary>Gradient shares by objective, in the order in which the recipe lists them.</summary>
    public OrderedDictionary<string, Spans> Shares { get; } = new(StringComparer.Ordinal);

    /// <summary>Expert loads: for each layer, text then visual, each expert over the steps.</summary>
    public SortedDictionary<int, LayerLoads> Layers { get; } = [];

    public void Add(StepMetrics metrics)
    {
        if (StepsDone == 0)
            FirstLoss = metrics.Loss;
        (StepsDone, LastLoss) = (metrics.Step, metrics.Loss);
        Seconds += metrics.Seconds;
        DataWait += metrics.DataWait;
        Tokens += metrics.Tokens;
        Loss.Add(metrics.Step, metrics.Loss);
        foreach (var (objective, value) in metrics.Objectives)
        {
            if (value.Share is not { } share)
                continue;
            if (!Shares.TryGetValue(objective, out var shares))
                Shares.Add(objective, shares = new Spans(Steps, SharePoints));
            shares.Add(metrics.Step, share);
        }
        foreach (var layer in metrics.Experts)
        {
            if (!Layers.TryGetValue(layer.Layer, out var loads))
                Layers.Add(layer.Layer, loads = new LayerLoads(Steps, LoadPoints, layer.Load.Count));
            loads.Add(metrics.Step, layer);
        }
    }
}

/// <summary>Means of a value over equal spans of a stage's steps.</summary>
internal sealed class Spans
{
    private readonly double[] sums;
    private readonly int[] counts;
    private readonly double steps;

    public Spans(int steps, int most)
    {
        this.steps = Math.Max(1, steps);
        sums = new double[Math.Clamp(steps, 1, most)];
        counts = new int[sums.Length];
    }

    public int Count => sums.Length;

    /// <summary>The steps of one span.</summary>
    public double Width => steps / Count;

    /// <summary>Adds the value of a step, counted from 1. Values that are not numbers leave a gap.</summary>
    public void Add(int step, double value)
    {
        if (!double.IsFinite(value))
            return;
        var span = Math.Clamp((int)((step - 1) / Width), 0, Count - 1);
        sums[span] += value;
        counts[span]++;
    }

    /// <summary>The mean of a span, or NaN where it has no value.</summary>
    public double this[int span] => counts[span] == 0 ? double.NaN : sums[span] / counts[span];

    /// <summary>The step in the middle of a span.</summary>
    public double StepOf(int span) => ((span + 0.5) * Width) + 0.5;

    /// <summary>The spans that have a value.</summary>
    public IEnumerable<int> Filled => Enumerable.Range(0, Count).Where(span => counts[span] > 0);
}

/// <summary>The loads of one layer's experts over a stage.</summary>
internal sealed class LayerLoads(int steps, int points, int experts)
{
    public IReadOnlyList<Spans> Text { get; } = Make(steps, points, experts);

    public IReadOnlyList<Spans> Visual { get; } = Make(steps, points, experts);

    public int Experts => Text.Count;

    public void Add(int step, ExpertMetrics metrics)
    {
        Add(Text, step, metrics.Text);
        Add(Visual, step, metrics.Visual);
    }

    /// <summary>A step without tokens of a modality says nothing about it.</summary>
    private static void Add(IReadOnlyList<Spans> spans, int step, IReadOnlyList<double> load)
    {
        if (load.Sum() <= 0)
            return;
        for (var expert = 0; expert < Math.Min(spans.Count, load.Count); expert++)
            spans[expert].Add(step, load[expert]);
    }

    private static Spans[] Make(int steps, int points, int experts) =>
        [.. Enumerable.Range(0, experts).Select(_ => new Spans(steps, points))];
}
