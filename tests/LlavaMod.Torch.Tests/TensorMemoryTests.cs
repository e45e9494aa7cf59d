namespace LlavaMod.Torch.Tests;

public sealed class TensorMemoryTests : TorchTest
{
    private const long Bytes = 4 << 20;
    private const long Rounding = 4096; // an allocator's blocks are a little larger than what was asked for

    [Fact]
    public void A_tensor_counts_while_it_lives()
    {
        long before = TensorMemory.Now;
        using (new TensorScope())
        {
            Create.Zeros([Bytes / 4]);
            (TensorMemory.Now - before).ShouldBeInRange(Bytes, Bytes + Rounding);
        }
        TensorMemory.Now.ShouldBe(before);
    }

    [Fact]
    public void Views_take_nothing_of_their_own()
    {
        var whole = Create.Zeros([Bytes / 4]);
        long before = TensorMemory.Now;
        whole.Narrow(0, 0, 8).Reshape(2, 4);
        TensorMemory.Now.ShouldBe(before);
    }

    [Fact]
    public void The_peak_is_of_what_lives_at_the_same_time()
    {
        TensorMemory.ResetPeak();
        long before = TensorMemory.Now;
        TensorMemory.Peak.ShouldBe(before);
        for (int i = 0; i < 3; i++)
        {
            using var scope = new TensorScope();
            Create.Zeros([Bytes / 4]);
        }
        (TensorMemory.Peak - before).ShouldBeInRange(Bytes, Bytes + Rounding);
        using (new TensorScope())
        {
            Create.Zeros([Bytes / 4]);
            Create.Zeros([Bytes / 4]);
        }
        (TensorMemory.Peak - before).ShouldBeInRange(2 * Bytes, 2 * (Bytes + Rounding));
    }

    [Fact]
    public void What_backward_makes_counts_too()
    {
        var x = Create.Ones([Bytes / 4]).RequireGrad();
        long before = TensorMemory.Now;
        using (new TensorScope()) (x * x).Sum().Backward();
        (TensorMemory.Now - before).ShouldBeInRange(Bytes, Bytes + Rounding); // the gradient
    }
}
