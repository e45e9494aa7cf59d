using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Checkpoints.Layouts;

/// <summary>The original LLaVA as it is published: the tower is another checkpoint.</summary>
public sealed class OutsideTowerTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly Llava model = TinyModels.Build(3);

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        scope.Dispose();
    }

    private void WriteLlava(string tower = "openai/clip-tiny") => CheckpointFiles.Write(
        model, new LlavaLayout(), folder["llava"], rename: name => CheckpointNames.IsTower(name) ? null : name,
        change: json =>
        {
            json.Remove("vision_config");
            json["mm_vision_tower"] = tower;
        });

    [Theory]
    [InlineData("llava/openai/clip-tiny")]
    [InlineData("openai/clip-tiny")]
    [InlineData("clip-tiny")]
    public void A_tower_beside_the_checkpoint_is_found(string place)
    {
        WriteLlava();
        CheckpointFiles.WriteTower(model, folder[place]);
        using var loaded = ModelFolder.Load(folder["llava"]);
        CheckpointFiles.Hashes(loaded).ShouldBe(CheckpointFiles.Hashes(model));
        loaded.Config.ShouldBe(model.Config);
    }

    [Fact]
    public void A_tower_that_is_not_on_the_disk_is_asked_for()
    {
        WriteLlava();
        string message = Should.Throw<UserError>(() => ModelFolder.Load(folder["llava"])).Message;
        message.ShouldContain("the vision tower 'openai/clip-tiny' is not in the checkpoint and not on this disk");
        message.ShouldContain($"download its folder to {folder["openai/clip-tiny"]}");
        message.ShouldContain("models.x.vision.path");
    }

    [Theory]
    [InlineData("../elsewhere")]
    [InlineData("openai/../../elsewhere")]
    [InlineData("/etc")]
    public void A_configuration_leads_nowhere_else(string tower)
    {
        WriteLlava(tower);
        CheckpointFiles.WriteTower(model, folder["elsewhere"]);
        Should.Throw<UserError>(() => ModelFolder.Load(folder["llava"])).Message.ShouldContain($"the vision tower '{tower}' is not in the checkpoint");
    }

    [Fact]
    public void A_tower_that_names_another_one_is_not_followed()
    {
        WriteLlava();
        CheckpointFiles.Write(
            model, new LlavaLayout(), folder["openai/clip-tiny"], rename: name => CheckpointNames.IsTower(name) ? null : name,
            change: json => json["mm_vision_tower"] = "clip-tiny");
        Should.Throw<UserError>(() => ModelFolder.Load(folder["llava"])).Message.ShouldContain("missing model.vision_tower.vision_tower.vision_model.embeddings.class_embedding");
    }

    [Fact]
    public void A_tower_of_another_shape_is_told_with_its_file()
    {
        WriteLlava();
        using var other = TinyModels.Build(3, TinyModels.Config() with { Vision = TinyModels.Config().Vision! with { IntermediateSize = 20 } });
        CheckpointFiles.WriteTower(other, folder["clip-tiny"]);
        File.WriteAllText(folder["clip-tiny/config.json"], File.ReadAllText(folder["clip-tiny/config.json"]).Replace("20", "16"));
        string message = Should.Throw<UserError>(() => ModelFolder.Load(folder["llava"])).Message;
        message.ShouldContain(Path.Combine("clip-tiny", ModelFolder.WeightsFile));
        message.ShouldContain("vision_model.encoder.layers.0.mlp.fc1.weight is [20, 12], the configuration wants [16, 12]");
    }
}
