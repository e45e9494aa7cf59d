namespace LlavaMod.Torch.Tests.Autograd;

public sealed class GradientsTests : TorchTest
{
    private static Tensor Leaf(params float[] elements) => Floats(elements).RequireGrad();

    [Fact]
    public void Backward_gives_leaves_their_gradients()
    {
        var x = Leaf(1, 2);
        var y = Leaf(3, 4);
        (x * x * y).Sum().Backward();
        x.Grad()!.ShouldHold(6, 16);
        y.Grad()!.ShouldHold(1, 4);
    }

    [Fact]
    public void A_linear_layer_has_the_gradients_of_its_formula()
    {
        var x = Tensor.From([1f, 2, 3, 4], 2, 2).RequireGrad();
        var weight = Tensor.From([1f, -1, 2, 0, 3, 1], 3, 2).RequireGrad();
        var bias = Leaf(0, 0, 0);
        x.Linear(weight, bias).Backward(Tensor.From([1f, 0, 2, 0, 1, 0], 2, 3));
        x.Grad()!.ShouldHold([2, 2], [7, 1, 2, 0]); // G W
        weight.Grad()!.ShouldHold([3, 2], [1, 2, 3, 4, 2, 4]); // Gᵀ x
        bias.Grad()!.ShouldHold(1, 1, 2);
    }

    [Fact]
    public void Gradients_add_up_over_passes()
    {
        var x = Leaf(1, 2);
        (x * 3).Sum().Backward();
        (x * x).Sum().Backward();
        x.Grad()!.ShouldHold(5, 7);
        x.SetGrad(null);
        x.Grad().ShouldBeNull();
    }

    [Fact]
    public void A_leaf_has_no_gradient_before_backward() => Leaf(1).Grad().ShouldBeNull();

    [Fact]
    public void A_vector_needs_a_weight_for_backward()
    {
        var x = Leaf(1, 2);
        Should.Throw<TorchException>(() => (x * 2).Backward()).Message.ShouldContain("backward: grad can be implicitly created only for scalar outputs");
        (x * 2).Backward(Floats(1, 10));
        x.Grad()!.ShouldHold(2, 20);
    }

    [Fact]
    public void The_graph_is_freed_unless_it_is_retained()
    {
        var x = Leaf(1, 2);
        var loss = (x * x).Sum();
        loss.Backward(retainGraph: true);
        loss.Backward();
        x.Grad()!.ShouldHold(4, 8);
        Should.Throw<TorchException>(() => loss.Backward()).Message.ShouldContain("a second time");
    }

    [Fact]
    public void What_nothing_was_recorded_for_has_no_backward() =>
        Should.Throw<TorchException>(() => Floats(1).Sum().Backward()).Message.ShouldContain("does not require grad");

    [Fact]
    public void Gradients_of_inputs_leave_accumulated_ones_alone()
    {
        var x = Leaf(1, 2);
        var y = Leaf(3, 4);
        var found = Gradients.Of((x * y).Sum(), [y, x]);
        found[0]!.ShouldHold(1, 2);
        found[1]!.ShouldHold(3, 4);
        x.Grad().ShouldBeNull();
        y.Grad().ShouldBeNull();
    }

    [Fact]
    public void Gradients_of_something_computed_on_the_way_can_be_asked_for()
    {
        var x = Leaf(1, 2);
        var middle = x * 3;
        Gradients.Of((middle * middle).Sum(), [middle])[0]!.ShouldHold(6, 12);
        Gradients.Of(x * 3, [x], Floats(1, 10))[0]!.ShouldHold(3, 30);
    }

    [Fact]
    public void An_input_that_is_not_used_has_no_gradient()
    {
        var used = Leaf(1);
        var unused = Leaf(2);
        var found = Gradients.Of((used * 2).Sum(), [unused, used]);
        found[0].ShouldBeNull();
        found[1]!.ShouldHold(2);
    }

    [Fact]
    public void Gradients_of_a_retained_graph_can_be_asked_for_twice()
    {
        var x = Leaf(2);
        var loss = (x * x).Sum();
        Gradients.Of(loss, [x], retainGraph: true)[0]!.ShouldHold(4);
        Gradients.Of(loss, [x])[0]!.ShouldHold(4);
        Should.Throw<TorchException>(() => Gradients.Of(loss, [x])).Message.ShouldStartWith("gradients: ");
    }

    [Fact]
    public void Only_real_numbers_take_part() =>
        Should.Throw<TorchException>(() => Ids(1).RequireGrad()).Message.ShouldContain("requires_grad of Int64[1] on cpu");

    [Fact]
    public void A_leaf_can_leave_the_graph_again()
    {
        var x = Leaf(1);
        x.RequiresGrad().ShouldBeTrue();
        x.RequireGrad(false).RequiresGrad().ShouldBeFalse();
        (x * 2).RequiresGrad().ShouldBeFalse();
    }

    [Fact]
    public void Detached_tensors_share_elements_but_no_history()
    {
        var x = Leaf(1);
        var apart = x.Detach();
        apart.RequiresGrad().ShouldBeFalse();
        apart.Fill_(5);
        x.ShouldHold(5);
    }

    [Fact]
    public void A_gradient_can_be_replaced_by_one_like_its_tensor()
    {
        var x = Leaf(1, 2);
        x.SetGrad(Floats(5, 6));
        x.Grad()!.ShouldHold(5, 6);
        Should.Throw<TorchException>(() => x.SetGrad(Floats(1, 2, 3))).Message.ShouldContain("grad of Float32[2] on cpu");
        Should.Throw<TorchException>(() => x.SetGrad(Ids(1, 2)));
        x.Grad()!.ShouldHold(5, 6);
    }

    [Fact]
    public void A_value_that_backward_needs_may_not_be_overwritten()
    {
        var x = Leaf(1, 2);
        var y = x.Exp();
        var loss = y.Sum();
        y.Detach().Fill_(0);
        Should.Throw<TorchException>(() => loss.Backward()).Message.ShouldContain("modified by an inplace operation");
        Should.Throw<TorchException>(() => x.Add_(1)).Message.ShouldContain("leaf");
    }

    [Fact]
    public void In_place_forms_are_recorded()
    {
        var x = Leaf(1, 2);
        var y = x * 2;
        y.Multiply_(3);
        y.Narrow(0, 1, 1).Fill_(0);
        y.Sum().Backward();
        x.Grad()!.ShouldHold(6, 0);
    }

    [Fact]
    public void Clamped_elements_have_no_gradient()
    {
        var x = Leaf(-1, 0.5f, 2);
        (x.ClampMin(0) + x.ClampMax(1)).Sum().Backward();
        x.Grad()!.ShouldHold(1, 2, 1);
    }

    [Fact]
    public void A_gradient_outlives_its_leaf()
    {
        var x = Leaf(1).Unscope();
        (x * 2).Sum().Backward();
        var gradient = x.Grad()!;
        x.Dispose();
        gradient.ShouldHold(2);
    }
}
