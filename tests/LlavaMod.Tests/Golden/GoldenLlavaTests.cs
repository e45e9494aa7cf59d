using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kinds llava-qwen2 and llava-qwen2-moe: LLaVA-MoD's dense and sparse models, from ids and pixels to the loss and its gradients. Rows without
/// an image, several images in a row, neighbours, rows cut at a length, padding on the left.
/// </summary>
public sealed class GoldenLlavaTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly VisionFeatures vision = new();

    public void Dispose()
    {
        vision.Dispose();
        scope.Dispose();
    }

    [GoldenTheory("llava-qwen2")]
    [MemberData(nameof(GoldenCases.VariantsOf), "llava-qwen2", MemberType = typeof(GoldenCases))]
    public void The_dense_model_equals_LLaVA_MoDs(string name, string variant) => Compare(GoldenCases.Open(name), variant);

    [GoldenTheory("llava-qwen2-moe")]
    [MemberData(nameof(GoldenCases.VariantsOf), "llava-qwen2-moe", MemberType = typeof(GoldenCases))]
    public void The_sparse_model_equals_LLaVA_MoDs(string name, string variant) => Compare(GoldenCases.Open(name), variant);

    private void Compare(GoldenCase found, string variant)
    {
        using var golden = GoldenTensors.Open(found.Folder);
        using var model = found.OpenModel();
        string input = $"in.{InputOf(golden, variant)}.", output = $"out.{variant}.";
        var batch = GoldenBatch.Read(golden, input, $"{input}images");
        if (golden.Contains($"{output}tokens")) golden.ShouldMatchGeneration(output, golden[$"{input}input_ids"], batch, model, scope);
        else ComparePass(found, golden, model, variant, batch);
        golden.ShouldHaveComparedAll(output);
    }

    // Variants of one input have its name and a suffix: multi_left, imgtext.train_zero.
    internal static string InputOf(GoldenTensors golden, string variant) => Enumerable.Range(1, variant.Length)
        .Select(length => variant[..length]).Last(part => golden.Contains($"in.{part}.input_ids"));

    private void ComparePass(GoldenCase found, GoldenTensors golden, Llava model, string variant, GoldenBatch batch)
    {
        foreach (var parameter in model.Parameters.Parameters) parameter.Value.RequireGrad();
        var spliced = Spliced(found, model, variant, batch);
        var input = LlavaInput.From(spliced, Device.Cpu);
        var features = vision.Of(model.Tower, batch.Images, trained: false);
        var mask = Tensor.From(Array.ConvertAll(spliced.Kinds, kind => kind != TokenKind.Padding), spliced.Rows, spliced.Length);
        var labels = Tensor.From(spliced.Labels, spliced.Rows, spliced.Length);
        var routing = Routing(golden, variant);
        var logits = model.Language.Logits(model.Forward(input, features, routing));
        var loss = LanguageLoss.OfLogits(logits, labels);
        var outputs = new Dictionary<string, Tensor>
        {
            ["inputs_embeds"] = model.Embed(input, features),
            ["labels"] = labels,
            ["attention_mask"] = mask,
        };
        if (model.Config.Experts is not null)
        {
            var balance = new LoadBalance(new() { Reference = true }).Loss(routing.Layers) * found.BalanceWeight();
            loss = loss + balance;
            outputs["moe_loss"] = balance;
            outputs["moe_loss_list"] = Shaping.Stack([.. routing.Layers.Select(layer => layer.BalanceLoss())]);
            for (int i = 0; i < routing.Layers.Count; i++) outputs[$"gate_logits.{i}"] = routing.Layers[i].Logits;
        }
        outputs["loss"] = loss;

        foreach (var (name, value) in outputs.Where(value => golden.Contains($"out.{variant}.{value.Key}"))) golden.ShouldMatch($"out.{variant}.{name}", value);
        golden.ShouldMatch($"out.{variant}.logits", logits, mask);
        loss.Backward();
        golden.ShouldMatchGradients($"out.{variant}.grad.", model);
    }

    internal static SplicedBatch Spliced(GoldenCase found, Llava model, string variant, GoldenBatch batch) => Splicer.Splice(batch.Samples, new SpliceOptions
    {
        TokensPerImage = model.TokensPerImage,
        PadLeft = variant.EndsWith("_left", StringComparison.Ordinal),
        MaxLength = variant.EndsWith("_trunc", StringComparison.Ordinal) ? found.Parameters.GetProperty("maxlen").GetInt32() : null,
        ReferencePositions = true,
    });

    internal static RoutingPass Routing(GoldenTensors golden, string variant) => new()
    {
        Training = variant.Contains(".train_", StringComparison.Ordinal),
        SecondExpertNoise = variant.EndsWith("_record", StringComparison.Ordinal) ? layer => golden[$"in.{variant}.gumbel.{layer}"] : null,
    };
}
