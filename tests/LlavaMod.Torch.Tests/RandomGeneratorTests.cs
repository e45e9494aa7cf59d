namespace LlavaMod.Torch.Tests;

public sealed class RandomGeneratorTests : TorchTest
{
    private static float[] Draw(RandomGenerator generator, int count = 40) => Create.Normal([count], generator).ToArray<float>();

    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        using var first = new RandomGenerator(11);
        using var second = new RandomGenerator(11);
        using var other = new RandomGenerator(12);
        var numbers = Draw(first);
        Draw(second).ShouldBe(numbers);
        Draw(other).ShouldNotBe(numbers);
        Draw(first).ShouldNotBe(numbers);
    }

    [Fact]
    public void Generators_are_independent_of_each_other_and_of_the_default_one()
    {
        using var alone = new RandomGenerator(11);
        var expected = Draw(alone).Concat(Draw(alone));
        using var first = new RandomGenerator(11);
        using var second = new RandomGenerator(11);
        var numbers = Draw(first);
        Draw(second, 3);
        new Operator("randn").Call(Argument.Ints(50));
        numbers.Concat(Draw(first)).ShouldBe(expected);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(16), InlineData(41)]
    public void A_restored_generator_goes_on_where_it_was_saved(int drawn)
    {
        using var generator = new RandomGenerator(11);
        Draw(generator, drawn);
        var state = generator.Save();
        var next = Draw(generator, 21);
        using var another = new RandomGenerator(99);
        Draw(another, 5);
        another.Restore(state);
        Draw(another, 21).ShouldBe(next);
        generator.Restore(state);
        Draw(generator, 21).ShouldBe(next);
    }

    [Fact]
    public void Uniform_and_normal_numbers_come_from_one_stream()
    {
        using var first = new RandomGenerator(11);
        using var second = new RandomGenerator(11);
        Create.Uniform([8], first);
        Draw(first).ShouldNotBe(Draw(second));
    }

    [Fact]
    public void A_damaged_state_is_refused()
    {
        using var generator = new RandomGenerator(11);
        Should.Throw<TorchException>(() => generator.Restore([1, 2, 3])).Message.ShouldStartWith("generator state: ");
        Should.Throw<TorchException>(() => generator.Restore(generator.Save().AsSpan(1)));
    }

    [Fact]
    public void The_largest_seed_is_a_seed()
    {
        using var first = new RandomGenerator(ulong.MaxValue);
        using var second = new RandomGenerator(ulong.MaxValue);
        Draw(first).ShouldBe(Draw(second));
    }

    [Fact]
    public void A_disposed_generator_cannot_be_used()
    {
        var generator = new RandomGenerator(11);
        generator.Dispose();
        generator.Dispose(); // a second time does nothing
        Should.Throw<ObjectDisposedException>(() => Draw(generator));
        Should.Throw<ObjectDisposedException>(generator.Save);
    }
}
