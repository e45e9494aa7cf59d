using LlavaMod.Models;
using LlavaMod.Stages;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Stages;

/// <summary>What is damaged in a checkpoint is the user's error, in one line that names the file.</summary>
public sealed class StageCheckpointTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly Llava model = TinyModels.Build(3);
    private readonly AdamW optimizer;

    public StageCheckpointTests()
    {
        optimizer = Optimizer("weight", 3);
        StageCheckpoint.Save(folder.Path, model, optimizer, Progress);
    }

    private static StageProgress Progress => new(7, 56, 1000, 1.5, 3.2, 2.9, 1);

    private string Checkpoint => folder["step-000007"];

    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
        folder.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_checkpoint_is_found_and_read_back()
    {
        StageCheckpoint.FindLatest(folder.Path, message => throw new InvalidOperationException(message)).ShouldBe(Checkpoint);
        var progress = StageCheckpoint.ReadProgress(Checkpoint);
        (progress.Step, progress.Position, progress.LastLoss).ShouldBe((Progress.Step, Progress.Position, Progress.LastLoss));
        StageCheckpoint.RestoreOptimizer(Checkpoint, optimizer, 7);
        optimizer.Steps.ShouldBe(7);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"Step\": \"one\"}")]
    public void A_damaged_state_is_the_users_error(string state)
    {
        folder.Write("step-000007/state.json", state);
        Should.Throw<UserError>(() => StageCheckpoint.ReadProgress(Checkpoint)).Message.ShouldContain("state.json is not the state of a stage");
    }

    [Fact]
    public void A_damaged_optimiser_is_the_users_error()
    {
        RestoringSays(optimizer, "short", "too few");
        SafetensorsWriter.Write(folder["step-000007/optimizer.safetensors"], [.. optimizer.Save().Take(1)]);
        Should.Throw<UserError>(() => StageCheckpoint.RestoreOptimizer(Checkpoint, optimizer, 7)).Message.ShouldContain("lacks 'weight.exp_avg_sq'");
    }

    [Fact]
    public void The_optimiser_of_other_parameters_is_the_users_error()
    {
        using var other = Optimizer("weight", 4);
        Should.Throw<UserError>(() => StageCheckpoint.RestoreOptimizer(Checkpoint, other, 7)).Message.ShouldContain("optimizer.safetensors cannot be restored");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_checkpoint_with_a_damaged_manifest_is_reported_and_passed_over(string manifest)
    {
        folder.Write("step-000007/manifest.json", manifest);
        var reports = new List<string>();
        StageCheckpoint.FindLatest(folder.Path, reports.Add).ShouldBeNull();
        reports.ShouldHaveSingleItem().ShouldContain("its manifest is damaged");
    }

    private void RestoringSays(AdamW into, string content, string message)
    {
        folder.Write("step-000007/optimizer.safetensors", content);
        Should.Throw<UserError>(() => StageCheckpoint.RestoreOptimizer(Checkpoint, into, 7)).Message.ShouldContain(message);
    }

    private static AdamW Optimizer(string name, long size) =>
        new([new ParameterGroup([KeyValuePair.Create(name, Create.Ones([size]).RequireGrad())])], (0.9, 0.999));
}
