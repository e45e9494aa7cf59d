using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class ExpertQueuesTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly Tensor experts; // [4, 2]

    public ExpertQueuesTests() => experts = Tensor.From([2L, 0, 2, 1, 0, 2, 1, 2], 4, 2);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void First_choices_stand_before_second_ones_and_each_in_the_order_of_tokens() =>
        ExpertQueues.ByPosition(experts).ToArray<long>().ShouldBe([0, 1, 1, 1, 0, 2, 0, 3]);

    [Fact]
    public void The_highest_priority_stands_first_and_equal_ones_in_the_order_of_tokens()
    {
        var priorities = Tensor.From([0.1f, 0.9f, 0.5f, 0.5f, 0.2f, 0.7f, 0.5f, 0.5f], 4, 2);
        ExpertQueues.ByPriority(experts, priorities).ToArray<long>().ShouldBe([3, 0, 1, 0, 1, 0, 1, 2]);
    }
}
