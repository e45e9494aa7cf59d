namespace LlavaMod.Torch.Tests;

public sealed class OperatorTests : TorchTest
{
    [Fact]
    public void An_error_names_the_operator_and_its_arguments()
    {
        var message = Should.Throw<TorchException>(() => Create.Zeros([2, 3]) + Create.Zeros([4, 5], DType.Int64)).Message;
        message.ShouldStartWith("aten::add.Tensor(Float32[2, 3] on cpu, Int64[4, 5] on cpu): ");
        message.ShouldContain("size of tensor a (3) must match");
        message.ShouldNotContain("\n");
    }

    [Fact]
    public void Every_kind_of_argument_is_shown_in_an_error()
    {
        var message = Should.Throw<TorchException>(() => new Operator("conv2d").Call(
            Create.Zeros([1]), Create.Zeros([2]), Argument.None, Argument.Ints(1, 2), "same"u8, 3L, 0.5, true)).Message;
        message.ShouldStartWith("aten::conv2d(Float32[1] on cpu, Float32[2] on cpu, none, [1, 2], 'same', 3, 0.5, true): ");
        Should.Throw<TorchException>(() => Shaping.Cat([Create.Zeros([2, 1]), Create.Zeros([3])])).Message
            .ShouldStartWith("aten::cat([Float32[2, 1] on cpu, Float32[3] on cpu], 0): ");
        Should.Throw<TorchException>(() => new Operator("to.device").Call(Create.Zeros([1]), Device.Cuda(3), Argument.Default)).Message
            .ShouldStartWith("aten::to.device(Float32[1] on cpu, cuda:3, default): ");
    }

    [Fact]
    public void An_unknown_operator_is_an_error_at_its_first_call()
    {
        var unknown = new Operator("no_such_operator.Tensor");
        unknown.Exists.ShouldBeFalse();
        Should.Throw<TorchException>(() => unknown.Call(Create.Zeros([1]))).Message.ShouldContain("aten::no_such_operator.Tensor");
    }

    [Fact]
    public void Operators_of_this_libtorch_are_found()
    {
        new Operator("add.Tensor").Exists.ShouldBeTrue();
        new Operator("aten::relu").Exists.ShouldBeTrue();
        new Operator("add.NoSuchOverload").Exists.ShouldBeFalse();
    }

    [Fact]
    public void Trailing_arguments_take_the_defaults_of_the_schema()
    {
        var add = new Operator("add.Tensor");
        add.Call(Floats(1), Floats(2)).ShouldHold(3);
        add.Call(Floats(1), Floats(2), 10L).ShouldHold(21);
        add.Call(Floats(1), Floats(2), Argument.Default).ShouldHold(3);
    }

    [Fact]
    public void A_missing_argument_without_a_default_is_named() =>
        Should.Throw<TorchException>(() => new Operator("add.Tensor").Call(Floats(1))).Message.ShouldContain("'other'");

    [Fact]
    public void Too_many_arguments_are_refused() =>
        Should.Throw<TorchException>(() => new Operator("relu").Call(Floats(1), 1L)).Message.ShouldContain("2 arguments given, it takes 1");

    [Fact]
    public void Arguments_of_the_wrong_kind_are_an_error_not_a_crash()
    {
        Should.Throw<TorchException>(() => new Operator("relu").Call(1L));
        Should.Throw<TorchException>(() => new Operator("permute").Call(Floats(1), 0L));
        Should.Throw<TorchException>(() => new Operator("cat").Call(Floats(1), 0L));
    }

    [Fact]
    public void Results_have_to_be_as_many_as_the_caller_takes()
    {
        var x = Floats(3, 1, 2);
        Should.Throw<TorchException>(() => new Operator("sort").Call(x));
        Should.Throw<TorchException>(() => new Operator("relu").Call2(x));
        Should.Throw<TorchException>(() => new Operator("sort").Call3(x));
        Should.Throw<TorchException>(() => new Operator("split.Tensor").CallList(2, x, 1L)).Message.ShouldContain("3 results where at most 2");
    }

    [Fact]
    public void A_result_that_is_no_tensor_is_an_error_not_a_crash() =>
        Should.Throw<TorchException>(() => new Operator("is_nonzero").Call(Floats(1))).Message.ShouldContain("true, not a tensor");

    [Fact]
    public void A_list_of_results_is_as_long_as_the_operator_says()
    {
        var parts = new Operator("split.Tensor").CallList(8, Floats(1, 2, 3, 4, 5), 2L);
        parts.Length.ShouldBe(3);
        parts[0].ShouldHold(1, 2);
        parts[2].ShouldHold(5);
        new Operator("split.Tensor").CallList(100, Create.Zeros([90]), 1L).Length.ShouldBe(90);
    }

    [Fact]
    public void A_list_of_optional_tensors_may_have_gaps()
    {
        var x = Tensor.From([1f, 2, 3, 4], 2, 2);
        new Operator("index.Tensor").Call(x, Argument.OptionalTensors(null, Ids(1))).ShouldHold([2, 1], [2, 4]);
    }

    [Fact]
    public void Long_lists_of_tensors_are_passed_whole()
    {
        var ones = Enumerable.Repeat(Create.Ones([1]), 5000).ToArray();
        Shaping.Cat(ones).Sum().Item<float>().ShouldBe(5000);
        Should.Throw<ArgumentException>(() => Shaping.Cat(Enumerable.Repeat(ones[0], 10_000).ToArray())).Message.ShouldContain("limit");
    }

    [Fact]
    public void A_call_allocates_its_result_object_and_nothing_else()
    {
        var x = Floats(1, 2);
        const int Calls = 1000;
        long Allocated()
        {
            using var scope = new TensorScope();
            long start = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Calls; i++) x.Reshape(2, 1);
            return GC.GetAllocatedBytesForCurrentThread() - start;
        }

        Allocated();
        (Allocated() / Calls).ShouldBe(24);
    }

    [Fact]
    public void Operators_work_on_many_threads_at_once()
    {
        var sums = new float[4];
        var threads = sums.Select((_, index) => new Thread(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                using var scope = new TensorScope();
                sums[index] = Shaping.Cat([Create.Full([10], index), Create.Full([10], i)]).Sum().Item<float>();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        sums.ShouldBe([1990, 2000, 2010, 2020]);
    }
}
