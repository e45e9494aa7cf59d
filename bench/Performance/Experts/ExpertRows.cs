using LlavaMod.Performance.Results;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Performance.Experts;

/// <summary>
/// Forward and backward of a sparse feed-forward layer (bench/peers/experts.py): beside DeepSpeed's one-hot dispatch, beside a plain loop over experts, and
/// beside ours run dense with the same active FLOPs.
/// </summary>
internal sealed class ExpertRows : IRows
{
    private const double CapacityFactor = 1.5; // as LLaVA-MoD trains; the peer fails where it drops a token
    private const int CheckedTokens = 96;

    public int Order => 2;

    public IEnumerable<Row> Rows =>
        from tokens in (int[])[2048, 8192]
        from experts in (int[])[4, 8]
        select new Row(
            $"ffn-{tokens}-e{experts}", $"a sparse FFN, {tokens:N0} tokens, {experts} experts, top-2",
            session => Seconds(session, tokens), session => Measure(session, tokens, experts));

    private static Line[] Measure(Session session, int tokens, int experts)
    {
        string input = session.NewFile();
        Check(session, experts);
        using (new TensorScope())
        using (var layer = new ExpertLayer(tokens, experts, dense: false)) layer.Write(input, CapacityFactor);
        string repetitions = $"{Repetitions(session)}";
        var timings = session.InTurn(Turns(session, tokens),
            ("ours", () => Ours("sparse")), ("ours, dense", () => Ours("dense")),
            ("loop", () => Peer.Time("experts.py", input, "loop", "--time", repetitions)),
            ("DeepSpeed's dispatch", () => Peer.Time("experts.py", input, "einsum", "--time", repetitions)));
        File.Delete(input);
        double floor = session.Rates.Seconds(ExpertLayer.Flops(tokens), 0);
        string what = $"sparse FFN, {tokens:N0} tokens, E={experts}";
        return
        [
            new Line($"{what}, DeepSpeed's dispatch") { Ours = timings[0], Peer = timings[3], SpeedTarget = tokens > 2048 ? 3.5 : 2.5, Floor = floor },
            new Line($"{what}, loop over experts") { Ours = timings[0], Peer = timings[2], SpeedTarget = 1, Floor = floor },
            new Line($"{what}, ours dense with the same FLOPs") { Ours = timings[0], Peer = timings[1], SpeedTarget = 0.8, Floor = floor },
        ];

        Timing Ours(string how) => Peer.TimeOurs("experts", Repetitions(session), $"{tokens}", $"{experts}", how);
    }

    // Outputs and gradients of few tokens, with a place for each of them.
    private static void Check(Session session, int experts)
    {
        using var scope = new TensorScope();
        string input = session.NewFile(), output = session.NewFile();
        using var layer = new ExpertLayer(CheckedTokens, experts, dense: false);
        layer.Write(input, capacityFactor: experts / 2.0);
        var ours = layer.Results();
        foreach (string dispatch in (string[])["einsum", "loop"])
        {
            Peer.Run("experts.py", input, dispatch, "--check", output);
            using var peer = SafetensorsFile.Open(output);
            var agreement = Agreement.Of(ours, [.. peer.Names], peer.Load);
            agreement.Require($"a sparse FFN by {dispatch}");
            session.Say($"    {dispatch}: {agreement}");
        }
        File.Delete(input);
    }

    private static int Turns(Session session, int tokens) => session.Pairs(tokens > 2048 ? 1 : 2);

    private static int Repetitions(Session session) => session.Repetitions(2);

    private static double Seconds(Session session, int tokens)
    {
        const double Starts = 20, Dispatch = 4; // seconds of the check and of loading; the four sides' work and the capacity of one, in forwards and backwards
        double einsum = 6 * 3.0 * tokens * tokens * 896 * 2 / session.Rates.Single; // x E x C: three tokens' worth of capacity for every token
        return Starts + Turns(session, tokens) * (1 + Repetitions(session)) * ((Dispatch + 0.5) * ExpertLayer.Flops(tokens) / session.Rates.Single + einsum);
    }
}
