using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch.Tests.Optim;

public sealed class AdamWTests : TorchTest
{
    private static AdamW Optimizer(params (string Name, Tensor Parameter)[] parameters) =>
        new([Group(0, 1, parameters)], (0.9, 0.99));

    private static ParameterGroup Group(double weightDecay, double scale, params (string Name, Tensor Parameter)[] parameters) =>
        new([.. parameters.Select(pair => KeyValuePair.Create(pair.Name, pair.Parameter))], weightDecay, scale);

    private static Tensor Leaf(params float[] elements) => Floats(elements).RequireGrad();

    [Fact]
    public void The_first_step_moves_by_the_learning_rate_against_the_gradient()
    {
        var x = Leaf(1, 1, 1);
        using var optimizer = Optimizer(("x", x));
        x.SetGrad(Floats(5, -0.01f, 0));
        optimizer.Step(0.1);
        x.ShouldHold([3], [0.9, 1.1, 1], 1e-5);
    }

    [Fact]
    public void The_second_step_follows_the_formula()
    {
        var x = Leaf(2);
        using var optimizer = new AdamW([Group(0.1, 1, ("x", x))], (0.9, 0.99), 1e-3);
        double weight = 2, first = 0, second = 0;
        double[] gradients = [0.5, -2];
        for (int step = 1; step <= 2; step++)
        {
            double gradient = gradients[step - 1];
            x.SetGrad(Floats((float)gradient));
            optimizer.Step(0.01);
            first = (0.9 * first) + (0.1 * gradient);
            second = (0.99 * second) + (0.01 * gradient * gradient);
            double average = first / (1 - Math.Pow(0.9, step)), square = second / (1 - Math.Pow(0.99, step));
            weight = (weight * (1 - (0.01 * 0.1))) - (0.01 * average / (Math.Sqrt(square) + 1e-3));
            x.ShouldHold([1], [weight], 1e-6);
        }
    }

    [Fact]
    public void Groups_have_their_own_decay_and_learning_rate()
    {
        var (plain, decayed, slow) = (Leaf(1), Leaf(1), Leaf(1));
        using var optimizer = new AdamW([Group(0, 1, ("a", plain)), Group(0.5, 1, ("b", decayed)), Group(0, 0.1, ("c", slow))], (0.9, 0.99));
        foreach (var parameter in new[] { plain, decayed, slow }) parameter.SetGrad(Floats(1));
        optimizer.Step(0.1);
        plain.ShouldHold([1], [0.9], 1e-5);
        decayed.ShouldHold([1], [0.95 - 0.1], 1e-5);
        slow.ShouldHold([1], [0.99], 1e-5);
    }

    [Fact]
    public void A_parameter_without_a_gradient_is_left_alone()
    {
        var (used, unused) = (Leaf(1), Leaf(1));
        using var optimizer = new AdamW([Group(0.5, 1, ("used", used), ("unused", unused))], (0.9, 0.99));
        used.SetGrad(Floats(1));
        optimizer.Step(0.1);
        unused.ShouldHold(1);
    }

    [Fact]
    public void A_parameter_that_joins_late_starts_with_its_own_first_step()
    {
        var (early, late) = (Leaf(1), Leaf(1));
        using var optimizer = Optimizer(("early", early), ("late", late));
        for (int step = 0; step < 10; step++)
        {
            early.SetGrad(Floats(1));
            optimizer.Step(0.1);
        }
        late.SetGrad(Floats(1));
        optimizer.Step(0.1);
        late.ShouldHold([1], [0.9], 1e-5);
    }

    [Fact]
    public void A_step_drops_the_gradients()
    {
        var x = Leaf(1);
        using var optimizer = Optimizer(("x", x));
        x.SetGrad(Floats(1));
        optimizer.Step(0.1);
        x.Grad().ShouldBeNull();
        x.SetGrad(Floats(1));
        optimizer.ZeroGradients();
        x.Grad().ShouldBeNull();
    }

    [Fact]
    public void Gradients_that_are_taken_out_are_gone_until_they_are_added_again()
    {
        var (x, y) = (Leaf(1), Floats(1).To(DType.BFloat16).RequireGrad());
        using var optimizer = Optimizer(("x", x), ("y", y), ("unused", Leaf(1)));
        x.SetGrad(Floats(2));
        y.SetGrad(Floats(3).To(DType.BFloat16));
        var taken = optimizer.TakeGradients();
        x.Grad().ShouldBeNull();
        optimizer.TakeGradients().ShouldAllBe(gradient => gradient == null);
        taken[0]!.ShouldHold(2);
        taken[1]!.ShouldHold(3);
        taken[2].ShouldBeNull();
        x.SetGrad(Floats(1));
        optimizer.AddGradients(taken);
        var sums = optimizer.TakeGradients();
        sums[0]!.ShouldHold(3);
        sums[1]!.ShouldHold(3);
    }

    [Fact]
    public void Clipping_scales_all_gradients_of_the_next_step_together()
    {
        var (x, y) = (Leaf(0, 0), Leaf(0));
        using var optimizer = new AdamW([Group(0, 1, ("x", x), ("y", y))], (0, 0), 1);
        void Backward()
        {
            x.SetGrad(Floats(2, 3));
            y.SetGrad(Floats(6));
        }
        Backward();
        optimizer.ClipGradients(3.5).ShouldBe(7, 1e-6);
        x.Grad()!.ShouldHold(2, 3);
        optimizer.Step(1); // without memory a step is g / (|g| + 1)
        x.ShouldHold([2], [-1 / 2.0, -1.5 / 2.5], 1e-5);
        y.ShouldHold([1], [-3 / 4.0], 1e-5);
        Backward();
        optimizer.Step(1);
        y.ShouldHold([1], [(-3 / 4.0) - (6 / 7.0)], 1e-5);
    }

    [Theory, InlineData(10), InlineData(double.PositiveInfinity)]
    public void Short_gradients_are_not_clipped(double most)
    {
        var x = Leaf(0, 0);
        using var optimizer = new AdamW([Group(0, 1, ("x", x))], (0, 0), 1);
        x.SetGrad(Floats(3, 4));
        optimizer.ClipGradients(most).ShouldBe(5, 1e-6);
        optimizer.Step(1);
        x.ShouldHold([2], [-3 / 4.0, -4 / 5.0], 1e-6);
    }

    [Fact]
    public void Clipping_nothing_is_an_error()
    {
        using var optimizer = Optimizer(("x", Leaf(1)));
        Should.Throw<InvalidOperationException>(() => optimizer.ClipGradients(1)).Message.ShouldContain("no parameter has a gradient");
    }

    [Fact]
    public void A_restored_optimiser_goes_on_as_the_saved_one()
    {
        var (x, y) = (Leaf(1, 2), Leaf(3));
        using var optimizer = Optimizer(("x", x), ("y", y));
        void Train(AdamW optimizer, Tensor x, Tensor y, int from, int to)
        {
            for (int step = from; step < to; step++)
            {
                x.SetGrad(Floats(step + 1, -step));
                if (step > 2) y.SetGrad(Floats(0.5f));
                optimizer.Step(0.1);
            }
        }
        Train(optimizer, x, y, 0, 5);
        var saved = optimizer.Save().ToDictionary(pair => pair.Key, pair => pair.Value.Clone());
        saved.Keys.ShouldBe(["x.exp_avg", "x.exp_avg_sq", "x.step", "y.exp_avg", "y.exp_avg_sq", "y.step"]);
        var (x2, y2) = (x.Detach().Clone().RequireGrad(), y.Detach().Clone().RequireGrad());
        using var restored = Optimizer(("x", x2), ("y", y2));
        restored.Restore(saved.GetValueOrDefault, optimizer.Steps);
        restored.Steps.ShouldBe(5);
        Train(optimizer, x, y, 5, 9);
        Train(restored, x2, y2, 5, 9);
        x2.ShouldEqualBitwise(x);
        y2.ShouldEqualBitwise(y);
    }

    [Fact]
    public void A_state_that_does_not_fit_changes_nothing()
    {
        var x = Leaf(1);
        using var optimizer = Optimizer(("x", x));
        x.SetGrad(Floats(1));
        optimizer.Step(0.1);
        var before = optimizer.Save().ToDictionary(pair => pair.Key, pair => pair.Value.Clone());
        var part = before.Keys.Where(name => name != "x.exp_avg_sq").ToDictionary(name => name, name => Create.Zeros([1]));
        Should.Throw<KeyNotFoundException>(() => optimizer.Restore(part.GetValueOrDefault, 7)).Message.ShouldContain("x.exp_avg_sq");
        var narrow = before.ToDictionary(pair => pair.Key, pair => Create.ZerosLike(pair.Value));
        narrow["x.exp_avg_sq"] = Create.Zeros([2]);
        Should.Throw<ArgumentException>(() => optimizer.Restore(narrow.GetValueOrDefault, 7)).Message.ShouldContain("'x.exp_avg_sq' as Float32[2]");
        optimizer.Steps.ShouldBe(1);
        foreach (var (name, tensor) in optimizer.Save()) tensor.ShouldEqualBitwise(before[name]);
    }

    [Fact]
    public void Double_precision_stays_double()
    {
        var x = Tensor.From([1.0], 1).RequireGrad();
        using var optimizer = Optimizer(("x", x));
        x.SetGrad(Tensor.From([1e-3], 1));
        optimizer.Step(0.1);
        x.ShouldHold([1], [1 - (0.1 * 1e-3 / (1e-3 + 1e-8))], 1e-12);
    }

    [Fact]
    public void Impossible_settings_are_refused()
    {
        Should.Throw<ArgumentException>(() => Optimizer(("x", Leaf(1)), ("x", Leaf(2)))).Message.ShouldContain("'x' is given twice");
        Should.Throw<ArgumentException>(() => Optimizer(("ids", Ids(1)))).Message.ShouldContain("'ids' is Int64[1] on cpu");
        Should.Throw<ArgumentOutOfRangeException>(() => new AdamW([], (1, 0.9)));
        Should.Throw<ArgumentOutOfRangeException>(() => new AdamW([], (0.9, double.NaN)));
        Should.Throw<ArgumentOutOfRangeException>(() => new AdamW([], (0.9, 0.9), -1e-8));
    }
}
