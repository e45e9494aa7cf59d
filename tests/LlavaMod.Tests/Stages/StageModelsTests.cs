using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Tests.Checkpoints.Layouts;
using LlavaMod.Tests.Golden;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Stages;

public sealed class StageModelsTests : IDisposable
{
    private const string Language = "{hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2}";

    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    private static string Fixture(string path) => Path.Combine(GoldenCases.Fixtures, path);

    private StageModels Models(string model)
    {
        string recipe = folder.Write("recipe.yaml", $$"""
            name: parts
            tokenizer: {train: [words]}
            data:
              words: {format: world, count: 8, content: text}
            models:
              student: {{model}}
            stages:
              - name: init
                model: student
                train: [connector]
                data: [words]
                objectives: [{name: cross-entropy}]
                learning_rate: 1e-3
                steps: 1
                batch_size: 1
            """);
        return new StageModels(new RecipeLoader(LibraryParts.All).Load(recipe), name => folder[name], TinyModels.Words);
    }

    [Theory]
    [InlineData("clip-vit-tiny")]
    [InlineData("clip-vit-tiny-nested")]
    public void A_towers_weights_come_from_its_folder(string name)
    {
        string tower = Path.Combine(GoldenCases.Fixtures, name);
        using var models = Models($$"""{language: {{Language}}, vision: {path: {{tower}}}, connector: mlp2x_gelu}""");
        using var model = models.Open("student");
        using var stored = SafetensorsFile.Open(Path.Combine(tower, ModelFolder.WeightsFile));
        var parameters = model.Tower.ShouldNotBeNull().Store;
        parameters.Parameters.Count.ShouldBe(stored.Names.Count());
        foreach (string tensor in stored.Names)
        {
            TensorHash.Sha256(parameters[new VisionLayout().ToOurs(tensor)].Value).ShouldBe(TensorHash.Sha256(stored.Load(tensor)), tensor);
        }
    }

    [Fact]
    public void A_towers_folder_that_does_not_fit_is_the_users_error()
    {
        folder.CopyFrom(Path.Combine(GoldenCases.Fixtures, "clip-vit-tiny"), ModelFolder.ConfigFile);
        folder.CopyFrom(Path.Combine(GoldenCases.Fixtures, "clip-vit-tiny-nested"), ModelFolder.WeightsFile);
        using var models = Models($$"""{language: {{Language}}, vision: {path: {{folder.Path}}}, connector: mlp2x_gelu}""");
        Should.Throw<UserError>(() => models.Open("student")).Message.ShouldContain("class_embedding is [48], the configuration wants [64]");
    }

    [Fact]
    public void A_connectors_weights_come_from_its_file()
    {
        string weights = Fixture("projector-mlp2x/model.safetensors");
        using var models = Models($"{{language: {Language.Replace("16", "64")}, vision: {{path: {Fixture("clip-vit-tiny")}}}, connector: {{name: mlp2x_gelu, path: {weights}}}}}");
        using var model = models.Open("student");
        using var stored = SafetensorsFile.Open(weights);
        foreach (string tensor in stored.Names)
        {
            TensorHash.Sha256(model.Parameters[new ConnectorLayout().ToOurs(tensor)].Value).ShouldBe(TensorHash.Sha256(stored.Load(tensor)), tensor);
        }
    }

    [Fact]
    public void Every_part_may_come_from_the_folder_of_a_whole_model()
    {
        using var first = TinyModels.Build(3);
        using var second = TinyModels.Build(4);
        ModelFolder.Save(first, folder["first"]);
        CheckpointFiles.Write(second, new HfLlavaLayout(), folder["second"]);
        using var models = Models($"{{language: {{path: {folder["second"]}}}, vision: {{path: {folder["first"]}}}, connector: {{name: mlp2x_gelu, path: {folder["second"]}}}}}");
        using var model = models.Open("student");
        var (ofFirst, ofSecond) = (CheckpointFiles.Hashes(first), CheckpointFiles.Hashes(second));
        CheckpointFiles.Hashes(model).ShouldBe(ofFirst.ToDictionary(hash => hash.Key, hash => CheckpointNames.IsTower(hash.Key) ? hash.Value : ofSecond[hash.Key]));
    }

    [Fact]
    public void A_connectors_file_that_does_not_fit_is_the_users_error()
    {
        using var models = Models($"{{language: {Language}, vision: {{path: {Fixture("clip-vit-tiny")}}}, connector: {{name: linear, path: {Fixture("projector-mlp2x/model.safetensors")}}}}}");
        string message = Should.Throw<UserError>(() => models.Open("student")).Message;
        message.ShouldContain("missing model.mm_projector.weight");
        message.ShouldContain("unexpected model.mm_projector.image_spatial_proj.2.weight");
    }

    [Fact]
    public void A_language_models_weights_come_from_its_folder_and_its_new_parts_from_the_seed()
    {
        string language = Path.Combine(GoldenCases.Fixtures, "qwen2-tiny");
        string tower = "{hidden_size: 16, intermediate_size: 24, num_hidden_layers: 2, num_attention_heads: 2, image_size: 28, patch_size: 14}";
        using var models = Models($$"""{language: {path: {{language}}}, vision: {{tower}}, connector: mlp2x_gelu}""");
        using var model = models.Open("student");
        using var again = models.Open("student");
        using var stored = SafetensorsFile.Open(Path.Combine(language, ModelFolder.WeightsFile));
        foreach (string tensor in stored.Names)
        {
            TensorHash.Sha256(model.Parameters[tensor].Value).ShouldBe(TensorHash.Sha256(stored.Load(tensor)), tensor);
        }
        again.Tower.ShouldBeSameAs(model.Tower);
        TensorHash.Sha256(again.Parameters["model.mm_projector.0.weight"].Value)
            .ShouldBe(TensorHash.Sha256(model.Parameters["model.mm_projector.0.weight"].Value));
    }
}
