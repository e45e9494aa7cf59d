using LlavaMod.Performance.Results;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Performance.Optimizer;

/// <summary>Clipping and AdamW over 200 million Float32 parameters beside torch.optim.AdamW (bench/peers/adamw.py), of both kinds.</summary>
internal sealed class AdamWRows : IRows
{
    private const int Tensors = 48, Side = 2048, CheckedSteps = 3;
    private const double Parameters = (double)Tensors * Side * Side, Bytes = 28;

    private static readonly string[] Kinds = ["foreach", "single"];

    public int Order => 3;

    public IEnumerable<Row> Rows => [new Row("adamw", "clipping and AdamW over 200 M parameters", _ => 60, Measure)];

    private static Line[] Measure(Session session)
    {
        foreach (string kind in Kinds) session.Say($"    {kind}: {Check(session, kind)}");
        int repetitions = session.Repetitions(3);
        var timings = session.InTurn(session.Pairs(2),
            ("ours", () => Peer.TimeOurs("adamw", repetitions, $"{Tensors}", $"{Side}")),
            (Kinds[0], () => Theirs(Kinds[0])), (Kinds[1], () => Theirs(Kinds[1])));
        double floor = session.Rates.Seconds(0, Bytes * Parameters);
        return [.. Kinds.Select((kind, i) => new Line($"clip and AdamW, 201 M parameters, torch.optim ({kind})") { Ours = timings[0], Peer = timings[i + 1], Floor = floor })];

        Timing Theirs(string kind) => Peer.Time("adamw.py", kind, "--time", $"{repetitions}", $"{Tensors}", $"{Side}");
    }

    // Weights of odd shapes after three steps over gradients that are clipped.
    private static Agreement Check(Session session, string kind)
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(1);
        string input = session.NewFile(), output = session.NewFile();
        List<KeyValuePair<string, Tensor>> weights = [], gradients = [];
        foreach (long width in (long[])[1, 37, 4099])
        {
            weights.Add(KeyValuePair.Create($"{width}", Create.Normal([3, width], generator)));
            gradients.Add(KeyValuePair.Create($"{width}", Create.Normal([3, width], generator)));
        }
        var all = weights.Select(weight => KeyValuePair.Create($"weight.{weight.Key}", weight.Value))
            .Concat(gradients.Select(gradient => KeyValuePair.Create($"gradient.{gradient.Key}", gradient.Value)));
        SafetensorsWriter.Write(input, [.. all], new Dictionary<string, string>());
        foreach (var (_, weight) in weights) weight.RequireGrad();
        using var optimizer = AdamWWorkload.Make(weights);
        for (int step = 0; step < CheckedSteps; step++) AdamWWorkload.Step(optimizer, [.. gradients.Select(gradient => gradient.Value)]);

        Peer.Run("adamw.py", kind, "--check", input, output);
        using var peer = SafetensorsFile.Open(output);
        var agreement = Agreement.Of(new Dictionary<string, Tensor>(weights), [.. peer.Names], peer.Load);
        agreement.Require($"AdamW ({kind})");
        return agreement;
    }
}
