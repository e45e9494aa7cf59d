using System.Globalization;
using System.Text.RegularExpressions;
using LlavaMod.Data;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind trl-gkd: TRL's generalised Jensen-Shannon divergence on given logits, which its labels mask without a shift. Variants named
/// v0122.* have the mixture of TRL 0.12.2.
/// </summary>
public sealed partial class GoldenTrlGkdTests
{
    private const string Old = "out.v0122.";

    [GoldenTheory("trl-gkd")]
    [MemberData(nameof(GoldenCases.OfKind), "trl-gkd", MemberType = typeof(GoldenCases))]
    public void Losses_and_gradients_are_those_of_trl(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        var variants = golden.Parameters.GetProperty("variants").EnumerateObject().ToList();
        variants.ShouldNotBeEmpty();
        foreach (var variant in variants)
        {
            var options = new GeneralizedJsd.Options { Beta = variant.Value.Number("beta"), Temperature = variant.Value.Number("temperature", 1) };
            Compare(golden, $"out.{variant.Name}", options, variant.Value.GetProperty("reduction").GetString()!, variant.Value.Is("labels"));
        }
    }

    [GoldenTheory("trl-gkd")]
    [MemberData(nameof(GoldenCases.OfKind), "trl-gkd", MemberType = typeof(GoldenCases))]
    public void With_the_mixture_swapped_they_are_those_of_trl_0_12(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (string output in golden.Names.Where(output => output.StartsWith(Old) && output.EndsWith(".loss")))
        {
            double beta = double.Parse(Beta().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
            Compare(golden, output[..^".loss".Length], new() { Beta = beta, SwappedMixture = true }, "batchmean", labelled: true);
        }
    }

    private static void Compare(GoldenTensors golden, string output, GeneralizedJsd.Options options, string reduction, bool labelled)
    {
        using var scope = new TensorScope();
        var student = golden["in.student_logits"].Clone().RequireGrad();
        var positions = Positions(golden["in.labels"], labelled);
        var indices = Tensor.From(positions.Indices, positions.Count);
        Tensor At(Tensor logits) => logits.Reshape(-1, logits.Size(-1)).IndexSelect(0, indices);
        var losses = new GeneralizedJsd(options).PerToken(new(At(student), At(golden["in.teacher_logits"]), null));
        var loss = losses.Sum() / reduction switch
        {
            "sum" => 1,
            "mean" => positions.Count * student.Size(-1),
            "batchmean" => labelled ? positions.Count : student.Size(0),
            _ => throw new NotSupportedException($"reduction {reduction}"),
        };
        golden.ShouldMatch($"{output}.loss", loss);
        loss.Backward();
        golden.ShouldMatch($"{output}.grad_student_logits", student.Grad()!);
    }

    private static TokenPositions Positions(Tensor labels, bool labelled)
    {
        var tokens = labels.ToArray<long>();
        var kinds = Array.ConvertAll(tokens, token => token == TokenPositions.NoTarget ? TokenKind.Prompt : TokenKind.Response);
        return TokenPositions.Select(kinds, tokens, (int)labels.Size(1), labelled ? TokenScope.Response : TokenScope.All, shifted: false);
    }

    [GeneratedRegex(@"\.b([\d.]+)\.loss$")]
    private static partial Regex Beta();
}
