using System.Text.Json;
using LlavaMod.Tests.Golden;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch.Tests.Golden;

/// <summary>
/// Kind optim-adamw-cosine: torch.optim.AdamW under Hugging Face's schedules, with and without clipping, on the loss
/// mean((tanh(X W + b) - Y)^2) * 10.
/// </summary>
public sealed class GoldenOptimizerTests : TorchTest
{
    private sealed record Settings(string Tag, int Steps, LearningRateSchedule Schedule, double WeightDecay, double? Clip, (double, double) Betas)
    {
        public static Settings Read(JsonElement item)
        {
            int steps = item.GetProperty("steps").GetInt32();
            var kind = Enum.Parse<ScheduleKind>(item.GetProperty("sched").GetString()!, ignoreCase: true);
            var schedule = LearningRateSchedule.WithWarmupRatio(
                kind, item.GetProperty("lr").GetDouble(), steps, item.GetProperty("warmup_ratio").GetDouble());
            schedule.WarmupSteps.ShouldBe(item.GetProperty("warmup_steps").GetInt32());
            var clip = item.GetProperty("clip");
            var betas = item.GetProperty("betas");
            return new Settings(item.GetProperty("tag").GetString()!, steps, schedule, item.GetProperty("wd").GetDouble(),
                clip.ValueKind == JsonValueKind.Null ? null : clip.GetDouble(), (betas[0].GetDouble(), betas[1].GetDouble()));
        }
    }

    /// <summary>What a run leaves behind, one entry a step.</summary>
    private sealed class Trace
    {
        public List<Tensor> Weights { get; } = [];
        public List<Tensor> Biases { get; } = [];
        public List<float> Norms { get; } = [];
        public List<Tensor> Losses { get; } = [];
        public List<Tensor> WeightGradients { get; } = [];
    }

    private static IEnumerable<Settings> CasesOf(GoldenTensors golden) =>
        golden.Parameters.GetProperty("cases").EnumerateArray().Select(Settings.Read);

    [GoldenTheory("optim-adamw-cosine")]
    [MemberData(nameof(GoldenCases.OfKind), "optim-adamw-cosine", MemberType = typeof(GoldenCases))]
    public void The_learning_rate_of_every_step_is_the_same(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (var settings in CasesOf(golden))
        {
            float[] rates = [.. Enumerable.Range(0, settings.Steps).Select(step => (float)settings.Schedule.At(step))];
            golden.ShouldMatch($"out.{settings.Tag}.lr", Floats(rates));
        }
    }

    [GoldenTheory("optim-adamw-cosine")]
    [MemberData(nameof(GoldenCases.OfKind), "optim-adamw-cosine", MemberType = typeof(GoldenCases))]
    public void Given_the_same_gradients_every_step_gives_the_same_parameters(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (var settings in CasesOf(golden))
        {
            var trace = Train(golden, settings, (step, weight, bias, _) =>
            {
                weight.SetGrad(golden[$"out.{settings.Tag}.grad_W"].Select(0, step).Clone());
                bias.SetGrad(golden[$"out.{settings.Tag}.grad_b"].Select(0, step).Clone());
            });
            ShouldMatch(golden, settings, trace);
        }
    }

    [GoldenTheory("optim-adamw-cosine")]
    [MemberData(nameof(GoldenCases.OfKind), "optim-adamw-cosine", MemberType = typeof(GoldenCases))]
    public void Training_end_to_end_gives_the_same_losses_gradients_and_parameters(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        var (x, y) = (golden["in.X"], golden["in.Y"]);
        foreach (var settings in CasesOf(golden))
        {
            var trace = Train(golden, settings, (_, weight, bias, trace) =>
            {
                var loss = ((x.Matmul(weight) + bias).Tanh() - y).Square().Mean() * 10;
                loss.Backward();
                trace.Losses.Add(loss.Detach());
                trace.WeightGradients.Add(weight.Grad()!.Clone());
            });
            golden.ShouldMatch($"out.{settings.Tag}.loss", Shaping.Stack([.. trace.Losses]));
            golden.ShouldMatch($"out.{settings.Tag}.grad_W", Shaping.Stack([.. trace.WeightGradients]));
            ShouldMatch(golden, settings, trace);
        }
    }

    private static Trace Train(GoldenTensors golden, Settings settings, Action<int, Tensor, Tensor, Trace> backward)
    {
        var weight = golden[$"in.{settings.Tag}.W0"].Clone().RequireGrad();
        var bias = golden[$"in.{settings.Tag}.b0"].Clone().RequireGrad();
        var group = new ParameterGroup([new("W", weight), new("b", bias)], settings.WeightDecay);
        using var optimizer = new AdamW([group], settings.Betas);
        var trace = new Trace();
        for (int step = 0; step < settings.Steps; step++)
        {
            backward(step, weight, bias, trace);
            if (settings.Clip is { } most) trace.Norms.Add((float)optimizer.ClipGradients(most));
            optimizer.Step(settings.Schedule.At(step));
            trace.Weights.Add(weight.Detach().Clone());
            trace.Biases.Add(bias.Detach().Clone());
        }
        return trace;
    }

    private static void ShouldMatch(GoldenTensors golden, Settings settings, Trace trace)
    {
        golden.ShouldMatch($"out.{settings.Tag}.W", Shaping.Stack([.. trace.Weights]));
        golden.ShouldMatch($"out.{settings.Tag}.b", Shaping.Stack([.. trace.Biases]));
        if (settings.Clip is not null) golden.ShouldMatch($"out.{settings.Tag}.grad_norm", Floats([.. trace.Norms]));
    }
}
