using LlavaMod.Performance.Results;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Performance.Heads;

/// <summary>The mimic loss with both heads (bench/peers/heads.py): 2,048 tokens of which a quarter are response, Qwen2's vocabulary.</summary>
internal sealed class KdRows : IRows
{
    private const int Tokens = 2048, CheckedTokens = 256;
    private const long Vocabulary = 151936, CheckedVocabulary = 4099;

    public int Order => 1;

    public IEnumerable<Row> Rows =>
        from dtype in (DType[])[DType.Float32, DType.BFloat16]
        select new Row(
            dtype == DType.BFloat16 ? "kd-bf16" : "kd", $"forward KL with both heads, {Words.Of(dtype)}", session => Seconds(session, dtype), session => [Measure(session, dtype)]);

    private static double PeerFlops => HeadPair.Flops(Tokens, Vocabulary);

    private static double OurFlops => HeadPair.Flops(Tokens / 4.0, Vocabulary);

    private static Line Measure(Session session, DType dtype)
    {
        session.Say($"    {Check(session)}");
        int repetitions = Repetitions(session);
        string input = session.NewFile(), type = Words.Of(dtype);
        string? absent = session.Absent(PeerFlops, dtype);
        if (absent is null)
        {
            using var pair = new HeadPair(Tokens, Vocabulary, dtype);
            pair.Write(input);
        }
        List<(string, Func<Timing>)> sides = [("ours", () => Peer.TimeOurs("heads", repetitions, $"{Tokens}", $"{Vocabulary}", type))];
        if (absent is null) sides.Add(("peer", () => Peer.Time("heads.py", input, "--time", $"{repetitions}")));
        var timings = session.InTurn(session.Pairs(absent is null ? 2 : 1), [.. sides]);
        File.Delete(input);
        return new Line($"KD loss with both heads, {type}")
        {
            Ours = timings[0],
            Peer = timings.ElementAtOrDefault(1),
            SpeedTarget = 6,
            MemoryTarget = 0.12,
            Floor = session.Rates.Seconds(OurFlops, 0, dtype),
            Note = absent,
        };
    }

    private static Agreement Check(Session session)
    {
        using var scope = new TensorScope();
        string input = session.NewFile(), output = session.NewFile();
        using var pair = new HeadPair(CheckedTokens, CheckedVocabulary, DType.Float32);
        pair.Write(input);
        var (loss, hidden, head) = pair.Run();
        Peer.Run("heads.py", input, "--check", output);
        File.Delete(input);
        using var peer = SafetensorsFile.Open(output);
        var agreement = Agreement.Of(
            new Dictionary<string, Tensor> { ["loss"] = loss, ["gradient.hidden"] = hidden, ["gradient.head"] = head }, [.. peer.Names], peer.Load);
        agreement.Require("the mimic loss");
        return agreement;
    }

    private static int Repetitions(Session session) => session.Repetitions(1);

    private static double Seconds(Session session, DType dtype)
    {
        const double Loading = 8, Overhead = 1.4; // of a process; of what is no matrix product
        bool alone = session.Absent(PeerFlops, dtype) is not null;
        double once = OurFlops / session.Rates.Ours(dtype) + (alone ? 0 : PeerFlops / session.Rates.Of(dtype));
        return session.Pairs(alone ? 1 : 2) * (Loading + Overhead * (1 + Repetitions(session)) * once);
    }
}
