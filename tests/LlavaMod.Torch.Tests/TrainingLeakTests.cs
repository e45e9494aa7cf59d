using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch.Tests;

public sealed class TrainingLeakTests : TorchTest
{
    [Theory, InlineData(DType.Float32), InlineData(DType.BFloat16)]
    public void Two_hundred_steps_of_training_leave_no_tensor_behind_and_learn(DType dtype)
    {
        using var generator = new RandomGenerator(5);
        var parameters = new Dictionary<string, Tensor>
        {
            ["w1"] = (Create.Normal([16, 4], generator) * 0.5).To(dtype).RequireGrad(),
            ["b1"] = Create.Zeros([16], dtype).RequireGrad(),
            ["w2"] = (Create.Normal([1, 16], generator) * 0.25).To(dtype).RequireGrad(),
        };
        using var optimizer = new AdamW([new ParameterGroup([.. parameters])], (0.9, 0.999));
        var inputs = Create.Normal([32, 4], generator).To(dtype);
        var targets = inputs.Narrow(1, 0, 1) * inputs.Narrow(1, 1, 1);

        double Step()
        {
            using var scope = new TensorScope();
            var prediction = inputs.Linear(parameters["w1"], parameters["b1"]).Silu().Linear(parameters["w2"]);
            var loss = (prediction - targets).To(DType.Float32).Square().Mean();
            loss.Backward();
            optimizer.AccumulateGradients();
            optimizer.ClipGradients(1);
            optimizer.Step(0.01);
            return loss.Item<double>();
        }

        double first = Step(), last = 0;
        long before = Tensor.Live;
        for (int i = 0; i < 200; i++)
        {
            last = Step();
            Tensor.Live.ShouldBe(before, $"after step {i}");
        }
        last.ShouldBeLessThan(first / 4);
        optimizer.Steps.ShouldBe(201);
    }
}
