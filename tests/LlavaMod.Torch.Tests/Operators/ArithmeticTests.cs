namespace LlavaMod.Torch.Tests.Operators;

public sealed class ArithmeticTests : TorchTest
{
    [Fact]
    public void Operators_of_the_language_work_element_by_element()
    {
        var x = Floats(1, -2, 4);
        var y = Floats(2, 2, 8);
        (x + y).ShouldHold(3, 0, 12);
        (x - y).ShouldHold(-1, -4, -4);
        (x * y).ShouldHold(2, -4, 32);
        (x / y).ShouldHold(0.5, -1, 0.5);
        (-x).ShouldHold(-1, 2, -4);
    }

    [Fact]
    public void Numbers_stand_on_either_side()
    {
        var x = Floats(1, -2);
        (x + 0.5).ShouldHold(1.5, -1.5);
        (0.5 + x).ShouldHold(1.5, -1.5);
        (x - 0.5).ShouldHold(0.5, -2.5);
        (0.5 - x).ShouldHold(-0.5, 2.5);
        (x * 3).ShouldHold(3, -6);
        (3 * x).ShouldHold(3, -6);
        (x / 4).ShouldHold(0.25, -0.5);
    }

    [Fact]
    public void Shapes_broadcast() =>
        (Tensor.From([1f, 2], 2, 1) + Tensor.From([10f, 20, 30], 1, 3)).ShouldHold([2, 3], [11, 21, 31, 12, 22, 32]);

    [Fact]
    public void Numbers_keep_the_type_of_the_tensor()
    {
        (Create.Ones([1], DType.BFloat16) * 0.5).DType.ShouldBe(DType.BFloat16);
        (Create.Ones([1], DType.Float64) + 1).DType.ShouldBe(DType.Float64);
    }

    [Fact]
    public void Functions_give_their_values()
    {
        Floats(0, 1).Exp().ShouldHold(1, Math.E);
        Floats(1, 10).Log().ShouldHold(0, Math.Log(10));
        Floats(4, 0.25f).Rsqrt().ShouldHold(0.5, 2);
        Floats(4, 9).Sqrt().ShouldHold(2, 3);
        Floats(-3, 0.5f).Square().ShouldHold(9, 0.25);
        Floats(-3, 2).Abs().ShouldHold(3, 2);
        Floats(0, 2).Cos().ShouldHold(1, Math.Cos(2));
        Floats(0, 2).Sin().ShouldHold(0, Math.Sin(2));
        Floats(0, 2).Tanh().ShouldHold(0, Math.Tanh(2));
    }

    [Fact]
    public void Clamping_bounds_one_side()
    {
        Floats(-1, 0.5f, 2).ClampMin(0).ShouldHold(0, 0.5, 2);
        Floats(-1, 0.5f, 2).ClampMax(1).ShouldHold(-1, 0.5, 1);
        Ids(-1, 3).ClampMax(2L).DType.ShouldBe(DType.Int64);
    }

    [Fact]
    public void Indices_have_remainders() => Ids(0, 4, 7).Remainder(4).ShouldHold(0, 0, 3);

    [Fact]
    public void Addcmul_adds_a_scaled_product() => Floats(1, 2).Addcmul(Floats(3, 4), Floats(5, 6), 0.5).ShouldHold(8.5, 14);

    [Fact]
    public void In_place_forms_change_the_tensor_and_give_it_back()
    {
        var x = Floats(1, 2);
        x.Add_(Floats(10, 20)).ShouldBeSameAs(x);
        x.ShouldHold(11, 22);
        x.Add_(Floats(1, 1), scale: 0.5).ShouldHold(11.5, 22.5);
        x.Add_(0.5).ShouldHold(12, 23);
        x.Multiply_(2).ShouldHold(24, 46);
        x.Multiply_(Floats(0, 1)).ShouldHold(0, 46);
        x.Fill_(3).ShouldHold(3, 3);
        x.Copy_(Ids(7, 8)).ShouldHold(7, 8);
    }

    [Fact]
    public void In_place_forms_reach_through_views()
    {
        var x = Create.Zeros([2, 2]);
        x.Select(0, 1).Fill_(5);
        x.Select(1, 0).Add_(1);
        x.ShouldHold([2, 2], [1, 0, 6, 5]);
    }

    [Fact]
    public void In_place_forms_leave_no_second_reference_behind()
    {
        var x = Floats(1);
        long before = Tensor.Live;
        x.Add_(1).Multiply_(2).Fill_(3);
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void In_place_forms_keep_the_type() =>
        Should.Throw<TorchException>(() => Ids(1).Multiply_(Floats(0.5f))).Message.ShouldStartWith("aten::mul_.Tensor(Int64[1] on cpu, Float32[1] on cpu)");
}
