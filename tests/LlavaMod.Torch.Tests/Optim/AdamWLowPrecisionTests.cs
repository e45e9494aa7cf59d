using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch.Tests.Optim;

public sealed class AdamWLowPrecisionTests : TorchTest
{
    private static AdamW Optimizer(Tensor parameter) => new([new ParameterGroup([new("x", parameter)])], (0.9, 0.99));

    private static Tensor Leaf(DType dtype, params float[] elements) => Floats(elements).To(dtype).RequireGrad();

    private static Tensor Master(AdamW optimizer) => optimizer.Save().Single(pair => pair.Key == "x.master").Value;

    [Theory, InlineData(DType.BFloat16), InlineData(DType.Float16)]
    public void Steps_too_small_for_16_bits_add_up_in_the_master(DType dtype)
    {
        var x = Leaf(dtype, 1);
        using var optimizer = Optimizer(x);
        for (int step = 0; step < 100; step++)
        {
            x.SetGrad(Create.Ones([1], dtype));
            optimizer.Step(1e-4);
        }
        Master(optimizer).DType.ShouldBe(DType.Float32);
        Master(optimizer).ShouldHold([1], [0.99], 1e-5);
        x.DType.ShouldBe(dtype);
        x.ShouldEqualBitwise(Master(optimizer).To(dtype));
    }

    [Fact]
    public void Gradients_accumulate_exactly_in_single_precision()
    {
        var x = Leaf(DType.BFloat16, 1);
        using var optimizer = Optimizer(x);
        // 256 + 1 is 256 in bf16: only a wider accumulator keeps the ones.
        float[] gradients = [256, 1, 1, 1];
        foreach (float gradient in gradients)
        {
            x.SetGrad(Create.Full([1], gradient, DType.BFloat16));
            optimizer.AccumulateGradients();
            x.Grad().ShouldBeNull();
        }
        optimizer.ClipGradients(double.PositiveInfinity).ShouldBe(259);
    }

    [Fact]
    public void Gradients_that_nobody_accumulated_still_count()
    {
        var x = Leaf(DType.BFloat16, 1);
        using var optimizer = Optimizer(x);
        x.SetGrad(Create.Full([1], 3, DType.BFloat16));
        optimizer.ClipGradients(double.PositiveInfinity).ShouldBe(3);
        x.SetGrad(Create.Full([1], 4, DType.BFloat16));
        optimizer.Step(0.1);
        Master(optimizer).ShouldHold([1], [0.9], 1e-5);
    }

    [Fact]
    public void Training_stays_near_the_single_precision_run()
    {
        using var generator = new RandomGenerator(3);
        var start = Create.Normal([8, 6], generator);
        var inputs = Create.Normal([64, 6], generator);
        var targets = inputs.Linear(Create.Normal([8, 6], generator));
        var (single, singleLosses) = Train(start.To(DType.Float32).Clone().RequireGrad(), inputs, targets);
        var (low, lowLosses) = Train(start.To(DType.BFloat16).RequireGrad(), inputs, targets);
        singleLosses[^1].ShouldBeLessThan(singleLosses[0] / 20);
        for (int i = 0; i < singleLosses.Length; i++) lowLosses[i].ShouldBe(singleLosses[i], 0.02 * singleLosses[0]);
        (low - single).Abs().Max().Item<double>().ShouldBeLessThan(0.02);
    }

    private static (Tensor Weight, double[] Losses) Train(Tensor weight, Tensor inputs, Tensor targets)
    {
        using var optimizer = Optimizer(weight);
        var losses = new double[60];
        for (int step = 0; step < losses.Length; step++)
        {
            for (int part = 0; part < 4; part++)
            {
                var x = inputs.Narrow(0, part * 16, 16).To(weight.DType);
                var loss = (x.Linear(weight).To(DType.Float32) - targets.Narrow(0, part * 16, 16)).Square().Mean() / 4;
                loss.Backward();
                optimizer.AccumulateGradients();
                losses[step] += loss.Item<double>();
            }
            optimizer.Step(0.05);
        }
        return (optimizer.Save().FirstOrDefault(pair => pair.Key == "x.master").Value?.Clone() ?? weight.Detach(), losses);
    }

    [Fact]
    public void The_master_is_saved_and_restored()
    {
        var x = Leaf(DType.BFloat16, 1);
        using var optimizer = Optimizer(x);
        x.SetGrad(Create.Ones([1], DType.BFloat16));
        optimizer.Step(1e-4);
        var saved = optimizer.Save().ToDictionary(pair => pair.Key, pair => pair.Value.Clone());
        var y = Leaf(DType.BFloat16, 1);
        using var restored = Optimizer(y);
        restored.Restore(saved.GetValueOrDefault, 1);
        Master(restored).ShouldEqualBitwise(Master(optimizer));
        y.SetGrad(Create.Ones([1], DType.BFloat16));
        x.SetGrad(Create.Ones([1], DType.BFloat16));
        restored.Step(1e-4);
        optimizer.Step(1e-4);
        Master(restored).ShouldEqualBitwise(Master(optimizer));
    }

    [Fact]
    public void Disposing_drops_unused_accumulators()
    {
        var x = Leaf(DType.BFloat16, 1);
        long before = Tensor.Live;
        using (var optimizer = Optimizer(x))
        {
            x.SetGrad(Create.Ones([1], DType.BFloat16));
            optimizer.AccumulateGradients();
        }
        Tensor.Live.ShouldBe(before + 1); // the gradient that this test made
    }
}
