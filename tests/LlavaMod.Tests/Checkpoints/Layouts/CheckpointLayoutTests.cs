using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Models.Connectors;
using LlavaMod.Recipes;
using LlavaMod.Tests.Golden;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Checkpoints.Layouts;

/// <summary>What holds for every layout that whole models are written in.</summary>
public sealed class CheckpointLayoutTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    public static TheoryData<string, string> Written
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var layout in Catalog<CheckpointLayout>.Entries)
            {
                foreach (string model in Models.Keys.Where(model => Holds(layout.Name, model))) data.Add(layout.Name, model);
            }
            return data;
        }
    }

    private static readonly Dictionary<string, LlavaConfig> Models = new()
    {
        ["clip"] = TinyModels.Config(),
        ["untied"] = TinyModels.Config(tied: false),
        ["siglip"] = Siglip(dropFirst: false),
        ["siglip without its first patch"] = Siglip(dropFirst: true),
        ["sparse"] = TinyModels.Config(TinyModels.Experts with { UseResidual = true, CapacityFactor = 1.5, EvalCapacityFactor = 2, Reference = true }),
        ["resampler"] = TinyModels.Config() with { Connector = "resampler", ConnectorOptions = new Resampler.Options { NumQueries = 3, NumHeads = 2, Positions = false } },
        ["text"] = TinyModels.Config() with { Vision = null, Connector = null },
    };

    private static LlavaConfig Siglip(bool dropFirst)
    {
        var config = TinyModels.Config();
        return config with { Vision = config.Vision! with { ModelType = "siglip_vision_model", HiddenAct = "gelu_pytorch_tanh", LayerNormEps = 1e-6, DropFirstPatch = dropFirst } };
    }

    private static bool Holds(string layout, string model)
    {
        try
        {
            Catalog<CheckpointLayout>.Create(layout).Write(Models[model], "float32");
            return true;
        }
        catch (UserError)
        {
            return false;
        }
    }

    [Fact]
    public void Each_layout_holds_what_it_says() =>
        Written.Select(row => $"{row[0]}: {row[1]}").Order(StringComparer.Ordinal).ShouldBe([
            "hf-llava: clip", "hf-llava: siglip", "hf-llava: siglip without its first patch", "hf-llava: untied",
            "language: text",
            "llava-mod: clip", "llava-mod: siglip", "llava-mod: siglip without its first patch", "llava-mod: sparse", "llava-mod: text", "llava-mod: untied",
            "llava: clip", "llava: siglip", "llava: siglip without its first patch", "llava: text", "llava: untied",
            "native: clip", "native: resampler", "native: siglip", "native: siglip without its first patch", "native: sparse", "native: text", "native: untied",
        ]);

    [Theory]
    [MemberData(nameof(Written))]
    public void A_model_in_a_layout_loads_bit_for_bit(string layout, string name)
    {
        using var model = TinyModels.Build(3, Models[name]);
        CheckpointFiles.Write(model, Catalog<CheckpointLayout>.Create(layout), folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        CheckpointFiles.Hashes(loaded).ShouldBe(CheckpointFiles.Hashes(model));
        loaded.Config.Language.ShouldBe(model.Config.Language);
        loaded.Config.Vision.ShouldBe(model.Config.Vision);
        loaded.Config.Connector.ShouldBe(model.Config.Connector);
        loaded.Config.ConnectorOptions.ShouldBe(model.Config.ConnectorOptions);
        (loaded.Config.Experts is { } experts ? experts with { Layers = model.Config.Experts!.Layers } : null).ShouldBe(model.Config.Experts);
    }

    [GoldenTheory("llava-qwen2")]
    [MemberData(nameof(GoldenCases.OfKind), "llava-qwen2", MemberType = typeof(GoldenCases))]
    public void A_golden_model_goes_through_transformers_layout_unchanged(string name)
    {
        using var model = GoldenCases.Open(name).OpenModel();
        CheckpointFiles.Write(model, new HfLlavaLayout(), folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        CheckpointFiles.Hashes(loaded).ShouldBe(CheckpointFiles.Hashes(model));
        loaded.Config.ShouldBe(model.Config);
    }

    [Fact]
    public void The_newer_names_of_transformers_load_too()
    {
        using var model = TinyModels.Build(3, Models["untied"]);
        CheckpointFiles.Write(model, new HfLlavaLayout(), folder.Path, rename: name => name.Replace("language_model.lm_head.", "lm_head.").Replace("language_model.model.", "model.language_model.")
            .Replace("vision_tower.", "model.vision_tower.").Replace("multi_modal_projector.", "model.multi_modal_projector."));
        using var loaded = ModelFolder.Load(folder.Path);
        CheckpointFiles.Hashes(loaded).ShouldBe(CheckpointFiles.Hashes(model));
    }

    [Fact]
    public void A_sparse_model_without_a_limit_gets_room_for_every_token_in_DeepSpeeds_terms()
    {
        using var model = TinyModels.Build(3, TinyModels.Config(TinyModels.Experts));
        CheckpointFiles.Write(model, new LlavaModLayout(), folder.Path);
        var experts = ModelConfigFile.Read(folder[ModelFolder.ConfigFile]).Experts.ShouldNotBeNull();
        (experts.CapacityFactor, experts.EvalCapacityFactor, experts.Reference).ShouldBe((2.0, 2.0, true));
    }

    [Theory]
    [InlineData("hf-llava", "sparse", "transformers' LLaVA has no experts")]
    [InlineData("hf-llava", "text", "needs a vision tower")]
    [InlineData("hf-llava", "resampler", "has the connector mlp2x_gelu and no other; this model's is resampler")]
    [InlineData("llava", "resampler", "layout llava has no connector resampler; linear and mlpNx_gelu go there")]
    [InlineData("llava-mod", "resampler", "layout llava-mod has no connector resampler")]
    [InlineData("llava", "sparse", "the original LLaVA has no experts")]
    [InlineData("language", "clip", "a dense language model and nothing else")]
    [InlineData("vision", "clip", "layout vision is read only")]
    [InlineData("connector", "clip", "layout connector is read only")]
    public void A_model_that_a_layout_cannot_hold_is_refused(string layout, string model, string message) =>
        Should.Throw<UserError>(() => Catalog<CheckpointLayout>.Create(layout).Write(Models[model], "float32")).Message.ShouldContain(message);

    [Fact]
    public void Missing_and_unexpected_tensors_come_with_the_nearest_name()
    {
        using var model = TinyModels.Build(3);
        CheckpointFiles.Write(model, new HfLlavaLayout(), folder.Path, rename: name => name switch
        {
            "language_model.model.layers.1.mlp.up_proj.weight" => "language_model.model.layers.1.mlp.up_porj.weight",
            "multi_modal_projector.linear_2.bias" => null,
            _ => name,
        });
        string message = Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message;
        message.ShouldContain("missing language_model.model.layers.1.mlp.up_proj.weight (there is language_model.model.layers.1.mlp.up_porj.weight)");
        message.ShouldContain("missing multi_modal_projector.linear_2.bias;");
        message.ShouldEndWith("unexpected language_model.model.layers.1.mlp.up_porj.weight (did you mean language_model.model.layers.1.mlp.up_proj.weight?)");
    }
}
