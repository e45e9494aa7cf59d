using System.Text.RegularExpressions;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Connectors;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

/// <summary>What holds for every language family, vision tower and connector.</summary>
public sealed partial class FamilyContractTests : IDisposable
{
    private const int Batch = 2;
    private const int Words = 3; // of a row, beside its picture
    private const string UsualConnector = "mlp2x_gelu";

    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    private static readonly Dictionary<string, object> Sizes = new()
    {
        ["hidden_size"] = 16, ["intermediate_size"] = 24, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 4, ["num_key_value_heads"] = 2,
        ["image_size"] = TinyModels.Side, ["patch_size"] = TinyModels.Side / 2, ["select_layer"] = -1, ["num_queries"] = 3, ["num_heads"] = 2,
    };

    /// <summary>Each entry among the most usual ones of the other kinds.</summary>
    public static TheoryData<string, string, string> Entries
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            var all = Catalog<LanguageFamily>.Entries.Select(entry => (entry.Name, Clip.ModelType, UsualConnector))
                .Concat(Catalog<VisionFamily>.Entries.Select(entry => (Qwen2.ModelType, entry.Name, UsualConnector)))
                .Concat(Catalog<Connector>.Entries.SelectMany(entry => entry.Names).Select(name => (Qwen2.ModelType, Clip.ModelType, name)));
            foreach (var (language, tower, connector) in all.Distinct()) rows.Add(language, tower, connector);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void A_model_of_it_has_the_shapes_it_says_and_gradients_everywhere(string language, string tower, string connector)
    {
        using var model = TinyModels.Build(3, Config(language, tower, connector));
        foreach (var parameter in model.AllParameters) parameter.Value.RequireGrad();
        var features = model.Tower!.Features(Pixels());
        features.Shape.ToArray().ShouldBe([Batch, model.Config.Vision!.Tokens, 16]);
        var logits = Logits(model, features);
        logits.Shape.ToArray().ShouldBe([Batch, Words + model.TokensPerImage, TinyModels.Words]);
        logits.Square().Sum().Backward();
        // What comes after the features of a tower is not LLaVA's, and a constant in all keys of a softmax cancels.
        foreach (var parameter in model.AllParameters.Where(parameter => !AfterFeatures().IsMatch(parameter.Name)))
        {
            var gradient = parameter.Value.Grad().ShouldNotBeNull(parameter.Name);
            if (!parameter.Name.EndsWith("k_proj.bias", StringComparison.Ordinal)) gradient.Abs().Max().Item<float>().ShouldBeGreaterThan(0, parameter.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void A_model_of_it_is_saved_and_loaded_as_one(string language, string tower, string connector)
    {
        using var model = TinyModels.Build(3, Config(language, tower, connector));
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.Config.ShouldBe(model.Config);
        Logits(loaded, loaded.Tower!.Features(Pixels())).ToArray<float>().ShouldBe(Logits(model, model.Tower!.Features(Pixels())).ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Its_parameters_are_named_as_Hugging_Face_and_LLaVA_name_them(string language, string tower, string connector)
    {
        using var model = ShapesOnly.Build(Config(language, tower, connector));
        model.AllParameters.Select(parameter => parameter.Name).ShouldAllBe(name => LanguageName().IsMatch(name) || TowerName().IsMatch(name) || ConnectorName().IsMatch(name));
        foreach (var parameter in model.AllParameters) TensorParts.Of(parameter.Name).ShouldBe(parameter.Part, parameter.Name);
    }

    [Fact]
    public void The_parts_of_a_sparse_model_are_known_by_names_too()
    {
        using var model = ShapesOnly.Build(TinyModels.Config(TinyModels.Experts with { UseResidual = true }, tied: false));
        foreach (var parameter in model.AllParameters) TensorParts.Of(parameter.Name).ShouldBe(parameter.Part, parameter.Name);
        TensorParts.Of("text_model.final_layer_norm.bias").ShouldBe(ModelPart.None);
    }

    [Theory]
    [InlineData("mlp1x_gelu", "0")]
    [InlineData("mlp2x_gelu", "0 2")]
    [InlineData("mlp4x_gelu", "0 2 4 6")]
    public void A_connector_of_N_layers_numbers_them_as_PyTorch_does(string connector, string numbers)
    {
        using var model = ShapesOnly.Build(Config(Qwen2.ModelType, Clip.ModelType, connector));
        var names = model.AllParameters.Where(parameter => parameter.Part == ModelPart.Connector).Select(parameter => parameter.Name);
        names.ShouldBe(numbers.Split(' ').SelectMany(number => (string[])[$"model.mm_projector.{number}.weight", $"model.mm_projector.{number}.bias"]));
    }

    private static LlavaConfig Config(string language, string tower, string connector) => new()
    {
        Language = ((LanguageFamily)Made(Catalog<LanguageFamily>.Find(language))).Configure(TinyModels.Words),
        Vision = ((VisionFamily)Made(Catalog<VisionFamily>.Find(tower))).Config,
        Connector = connector,
        ConnectorOptions = Catalog<Connector>.Find(connector).OptionsType is { } type ? Options(type) : null,
    };

    private static object Made(CatalogEntry entry) => entry.Create(Options(entry.OptionsType!));

    private static object Options(Type type)
    {
        var shape = RecordShape.Of(type);
        return shape.Create(shape.Members.Where(member => Sizes.ContainsKey(member.Key)).ToDictionary(member => member, member => (object?)Sizes[member.Key]));
    }

    private static Tensor Pixels() => Create.Normal([Batch, 3, TinyModels.Side, TinyModels.Side], new RandomGenerator(1));

    // Rows of a word, the picture, two words.
    private static Tensor Logits(Llava model, Tensor features)
    {
        int tokens = model.TokensPerImage, length = Words + tokens;
        long[] ids = [.. Enumerable.Range(0, Batch * length).Select(i => i % length >= 1 && i % length <= tokens ? 0L : 5 + i)];
        long[] places = [.. Enumerable.Range(0, Batch).SelectMany(row => Enumerable.Range(row * length + 1, tokens)).Select(place => (long)place)];
        var input = new LlavaInput(Tensor.From(ids, Batch, length), null, null, Tensor.From(places, places.Length), null);
        return model.Language.Logits(model.Forward(input, features, new RoutingPass()));
    }

    [GeneratedRegex(@"^(model\.embed_tokens|model\.norm|lm_head|model\.layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj|input_layernorm|post_attention_layernorm))\.(weight|bias)$")]
    private static partial Regex LanguageName();

    [GeneratedRegex(@"^model\.vision_tower\.vision_tower\.vision_model\.((embeddings\.(class_embedding|(patch|position)_embedding\.(weight|bias)))|(pre_layrnorm|post_layernorm|encoder\.layers\.\d+\.(layer_norm[12]|mlp\.fc[12]|self_attn\.(q|k|v|out)_proj))\.(weight|bias)|head\.(probe|attention\.in_proj_(weight|bias)|(attention\.out_proj|layernorm|mlp\.fc[12])\.(weight|bias)))$")]
    private static partial Regex TowerName();

    [GeneratedRegex(@"^model\.mm_projector\.((\d+\.)?(weight|bias)|query|(kv_proj|ln_q|ln_kv|ln_post|proj|attn\.out_proj)\.(weight|bias)|attn\.in_proj_(weight|bias))$")]
    private static partial Regex ConnectorName();

    [GeneratedRegex(@"vision_model\.(post_layernorm|head)\.")]
    private static partial Regex AfterFeatures();
}
