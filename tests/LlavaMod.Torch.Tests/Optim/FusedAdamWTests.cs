using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch.Tests.Optim;

public sealed class FusedAdamWTests : TorchTest
{
    private const double Rate = 0.01;
    private const double Decay = 0.1;
    private const double Most = 0.5;

    private readonly RandomGenerator generator = new(11);

    public override void Dispose()
    {
        generator.Dispose();
        base.Dispose();
    }

    // Decoupled weight decay, algorithm 2 of the paper, one operator after another, in double precision.
    private sealed class Plain(Tensor weight)
    {
        private Tensor first = Create.Zeros(weight.Shape, DType.Float64);
        private Tensor second = Create.Zeros(weight.Shape, DType.Float64);
        private int steps;

        public Tensor Weight { get; private set; } = weight.Detach().To(DType.Float64).Clone();

        public void Step(Tensor gradient, double clip)
        {
            steps++;
            var g = gradient.To(DType.Float64) * clip;
            first = (first * 0.9) + (g * 0.1);
            second = (second * 0.99) + (g.Square() * 0.01);
            var (mean, square) = (first / (1 - Math.Pow(0.9, steps)), second / (1 - Math.Pow(0.99, steps)));
            Weight = (Weight * (1 - (Rate * Decay))) - (Rate * (mean / (square.Sqrt() + 1e-8)));
        }
    }

    private static AdamW Optimizer(params Tensor[] parameters) =>
        new([new ParameterGroup([.. parameters.Select((parameter, i) => KeyValuePair.Create($"p{i}", parameter))], Decay)], (0.9, 0.99));

    private static Tensor Master(AdamW optimizer, int index = 0) => optimizer.Save().Single(pair => pair.Key == $"p{index}.master").Value;

    [Theory, InlineData(1), InlineData(7), InlineData(8), InlineData(17), InlineData(1023), InlineData(1025), InlineData(65_536), InlineData(150_001)]
    public void A_parameter_of_any_size_follows_the_plain_formula(int size)
    {
        var weight = Create.Normal([size], generator).RequireGrad();
        var plain = new Plain(weight);
        using var optimizer = Optimizer(weight);
        for (int step = 0; step < 4; step++)
        {
            var gradient = Create.Normal([size], generator);
            weight.SetGrad(gradient.Clone());
            double norm = gradient.To(DType.Float64).Square().Sum().Sqrt().Item<double>();
            optimizer.ClipGradients(Most).ShouldBe(norm, norm * 1e-12);
            optimizer.Step(Rate);
            plain.Step(gradient, Math.Min(1, Most / (norm + 1e-6)));
            Distance(weight.Detach(), plain.Weight).ShouldBeLessThan(2e-6);
        }
    }

    [Theory, InlineData(DType.BFloat16, 0.004), InlineData(DType.Float16, 0.0005)]
    public void A_16_bit_parameter_follows_it_in_its_master_and_is_that_rounded(DType dtype, double unit)
    {
        foreach (int size in new[] { 1, 15, 16, 33, 1041, 70_003 })
        {
            var weight = Create.Normal([size], generator).To(dtype).RequireGrad();
            var plain = new Plain(weight);
            using var optimizer = Optimizer(weight);
            for (int step = 0; step < 3; step++)
            {
                var gradient = Create.Normal([size], generator).To(dtype);
                weight.SetGrad(gradient.Clone());
                optimizer.Step(Rate);
                plain.Step(gradient, 1);
            }
            Distance(Master(optimizer), plain.Weight).ShouldBeLessThan(2e-6);
            Distance(weight.Detach(), plain.Weight).ShouldBeLessThan(unit * 5);
            weight.Detach().ShouldEqualBitwise(Master(optimizer).To(dtype));
        }
    }

    [Theory, InlineData(DType.BFloat16), InlineData(DType.Float16)]
    public void Gradients_of_16_bits_add_up_in_single_precision(DType dtype)
    {
        foreach (int size in new[] { 1, 19, 1030, 66_001 })
        {
            var weight = Create.Zeros([size], dtype).RequireGrad();
            using var optimizer = Optimizer(weight);
            Tensor[] parts = [.. Enumerable.Range(0, 4).Select(_ => Create.Normal([size], generator).To(dtype))];
            foreach (var part in parts)
            {
                weight.SetGrad(part);
                optimizer.AccumulateGradients();
            }
            var sum = parts.Select(part => part.To(DType.Float32)).Aggregate((left, right) => left + right);
            optimizer.TakeGradients()[0]!.ShouldEqualBitwise(sum);
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        int before = TorchRuntime.Threads;
        long[][] shapes = [[3], [511, 257], [200_003], [0], [65_536]];
        var start = Array.ConvertAll(shapes, shape => Create.Normal(shape, generator));
        var gradients = Array.ConvertAll(shapes, shape => Create.Normal(shape, generator));
        try
        {
            var runs = new[] { 1, 2, 3 }.Select(Train).ToList();
            foreach (var run in runs.Skip(1))
            {
                run.Norm.ShouldBe(runs[0].Norm);
                for (int i = 0; i < shapes.Length; i++) run.Weights[i].ShouldEqualBitwise(runs[0].Weights[i]);
            }
        }
        finally
        {
            TorchRuntime.Threads = before;
        }

        (double Norm, Tensor[] Weights) Train(int threads)
        {
            TorchRuntime.Threads = threads;
            Tensor[] weights = [.. start.Select((tensor, i) => (i % 2 == 0 ? tensor.Clone() : tensor.To(DType.BFloat16)).RequireGrad())];
            using var optimizer = Optimizer(weights);
            double norm = 0;
            for (int step = 0; step < 2; step++)
            {
                for (int i = 0; i < weights.Length; i++) weights[i].SetGrad(gradients[i].To(weights[i].DType).Clone());
                norm = optimizer.ClipGradients(Most);
                optimizer.Step(Rate);
            }
            return (norm, Array.ConvertAll(weights, weight => weight.Detach()));
        }
    }

    [Fact]
    public void Tensors_with_gaps_or_in_another_order_are_updated_alike()
    {
        var (start, gradient) = (Create.Normal([6, 5], generator), Create.Normal([6, 5], generator));
        var straight = start.Clone().RequireGrad();
        var turned = start.Transpose(0, 1).Contiguous().Transpose(0, 1).RequireGrad();
        var every = Create.Zeros([6, 10]).Narrow(1, 0, 5).Copy_(start).RequireGrad();
        var turnedGradient = start.Clone().RequireGrad();
        using var optimizer = Optimizer(straight, turned, every, turnedGradient);
        for (int step = 0; step < 3; step++)
        {
            straight.SetGrad(gradient.Clone());
            turned.SetGrad(gradient.Clone());
            every.SetGrad(gradient.Clone());
            turnedGradient.SetGrad(gradient.Transpose(0, 1).Contiguous().Transpose(0, 1));
            optimizer.ClipGradients(Most);
            optimizer.Step(Rate);
        }
        foreach (var other in new[] { turned, every, turnedGradient }) Distance(other.Detach(), straight.Detach()).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void A_gradient_that_several_parameters_share_is_clipped_once_for_each()
    {
        var (x, y) = (Create.Zeros([4, 3], DType.BFloat16).Transpose(0, 1).RequireGrad(), Create.Zeros([3, 4], DType.BFloat16).RequireGrad());
        using var optimizer = Optimizer(x, y);
        var gradient = Create.Ones([3, 4]);
        optimizer.AddGradients([gradient, gradient]);
        optimizer.ClipGradients(0.01);
        optimizer.Step(Rate);
        gradient.ShouldEqualBitwise(Create.Ones([3, 4]));
        x.Detach().Contiguous().ShouldEqualBitwise(y.Detach());
    }

    [Fact]
    public void Nothing_to_update_is_no_mistake()
    {
        var (empty, other) = (Create.Zeros([0, 4]).RequireGrad(), Floats(1).RequireGrad());
        using var optimizer = Optimizer(empty, other);
        empty.SetGrad(Create.Zeros([0, 4]));
        optimizer.ClipGradients(1).ShouldBe(0);
        optimizer.Step(Rate);
        other.ShouldHold(1);
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void A_norm_that_is_not_finite_is_told(float value)
    {
        var x = Create.Zeros([3000]).RequireGrad();
        using var optimizer = Optimizer(x);
        var gradient = Create.Ones([3000]);
        gradient.Narrow(0, 2998, 1).Fill_(value);
        x.SetGrad(gradient);
        double.IsFinite(optimizer.ClipGradients(1)).ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_number_stays_none_in_16_bits()
    {
        var x = Create.Zeros([20], DType.BFloat16).RequireGrad();
        using var optimizer = Optimizer(x);
        x.SetGrad(Create.Full([20], double.NaN, DType.BFloat16));
        optimizer.Step(Rate);
        x.ToArray<float>().ShouldAllBe(value => float.IsNaN(value));
    }

    private static double Distance(Tensor left, Tensor right) => (left.To(DType.Float64) - right.To(DType.Float64)).Abs().Max().Item<double>();
}
