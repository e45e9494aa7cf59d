using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>stages.json of kind llava-qwen2-moe: the parameters that LLaVA-MoD's set-up code leaves trainable in each of its stages.</summary>
public sealed class GoldenStagesTests
{
    private const ModelPart Sparse = ModelPart.Connector | ModelPart.Ffn | ModelPart.Experts | ModelPart.Routers;

    // What our recipe of LLaVA-MoD trains in a stage, by the first word of LLaVA-MoD's name for it, and whether its model is sparse yet.
    private static readonly Dictionary<string, (ModelPart Trained, bool IsSparse)> Stages = new()
    {
        ["pretrain"] = (ModelPart.Connector, false),
        ["dense2dense"] = (ModelPart.Connector | ModelPart.Language, false),
        ["dense2sparse"] = (Sparse, true),
        ["preference"] = (Sparse, true),
    };

    [GoldenTheory("llava-qwen2-moe")]
    [MemberData(nameof(GoldenCases.OfKind), "llava-qwen2-moe", MemberType = typeof(GoldenCases))]
    public void Each_stage_trains_what_LLaVA_MoD_trains_in_it(string name)
    {
        using var scope = new TensorScope();
        var found = GoldenCases.Open(name);
        using var sparse = found.OpenModel();
        using var dense = Llava.Build(sparse.Config with { Experts = null }, new RandomParameters(1));
        // An entry that starts with a space explains a part of the one above it.
        var entries = found.Json("stages.json").EnumerateObject().Where(entry => !entry.Name.StartsWith(' ')).ToList();
        entries.ShouldNotBeEmpty();
        foreach (var entry in entries)
        {
            var (trained, isSparse) = Stages[entry.Name.Split(' ')[0]];
            var selected = (isSparse ? sparse : dense).AllParameters.Where(parameter => (parameter.Part & trained) != 0).Select(parameter => parameter.Name);
            selected.ShouldBe(entry.Value.EnumerateArray().Select(theirs => new LlavaModLayout().ToOurs(theirs.GetString()!)), ignoreOrder: true, entry.Name);
        }
    }
}
