using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind moe-gating: what DeepSpeed's gating gives for router logits [S, E]: its balance loss, the weights [S, E, C] of every token at every
/// place of every expert, how many tokens each expert is asked by, and gradients.
/// </summary>
public sealed class GoldenGatingTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [GoldenTheory("moe-gating")]
    [MemberData(nameof(GoldenCases.OfKind), "moe-gating", MemberType = typeof(GoldenCases))]
    public void Gating_with_one_and_two_choices_equals_DeepSpeed_0_9_5(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (var (title, settings) in CasesOf(golden))
        {
            var logits = golden[$"in.{title}.logits"].Clone().RequireGrad();
            var probabilities = logits.Softmax();
            long experts = logits.Size(1), capacity = CapacityOf(logits, settings, settings.Choices);
            capacity.ShouldBe(settings.Capacity, title);
            var assignment = settings.Choices == 1
                ? ReferenceGating.TopOne(probabilities, capacity, golden[$"in.{title}.rts_uniform"])
                : ReferenceGating.TopTwo(logits, probabilities, capacity, golden[$"in.{title}.gumbel"]);
            var first = assignment.Experts.Narrow(1, 0, 1);
            var balance = Balance.Loss(probabilities, first, null);
            var combine = CombineWeights(assignment, experts, capacity, firstChoicesFirst: true);

            golden.ShouldMatch($"out.{title}.l_aux", balance);
            golden.ShouldMatch($"out.{title}.combine_weights", combine);
            golden.ShouldMatch($"out.{title}.dispatch_mask", combine.NotEqual(0));
            golden.ShouldMatch($"out.{title}.exp_counts", first.Reshape(-1).Bincount(experts));
            if (golden.Contains($"out.{title}.new_exp_counts"))
            {
                golden.ShouldMatch($"out.{title}.new_exp_counts", assignment.Experts.Reshape(-1).Bincount(experts));
            }
            ((combine * golden[$"in.{title}.cotangent"]).Sum() + balance * 0.7).Backward();
            golden.ShouldMatch($"out.{title}.grad_logits", logits.Grad()!);
        }
    }

    [GoldenTheory("moe-gating")]
    [MemberData(nameof(GoldenCases.OfKind), "moe-gating", MemberType = typeof(GoldenCases))]
    public void Gating_with_any_number_of_choices_equals_the_newest_DeepSpeed(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (var (title, settings) in CasesOf(golden))
        {
            for (int choices = 2; golden.Contains($"out.{title}.topk{choices}.l_aux"); choices++)
            {
                var logits = golden[$"in.{title}.logits"];
                var probabilities = logits.Softmax();
                long experts = logits.Size(1), capacity = CapacityOf(logits, settings, choices);
                var assignment = ReferenceGating.TopMany(probabilities, choices, capacity);
                var combine = CombineWeights(assignment, experts, capacity, firstChoicesFirst: false);

                golden.ShouldMatch($"out.{title}.topk{choices}.l_aux", Balance.Loss(probabilities, assignment.Experts, null));
                golden.ShouldMatch($"out.{title}.topk{choices}.combine_weights", combine);
                golden.ShouldMatch($"out.{title}.topk{choices}.exp_counts", assignment.Experts.Reshape(-1).Bincount(experts));
            }
        }
    }

    private sealed record Settings(int Choices, double Factor, int Minimum, long Capacity);

    private static IEnumerable<(string Title, Settings Settings)> CasesOf(GoldenTensors golden) =>
        golden.Parameters.GetProperty("cases").EnumerateObject().Select(found => (found.Name, new Settings(
            found.Value.GetProperty("k").GetInt32(),
            found.Value.GetProperty("capacity_factor").GetDouble(),
            found.Value.GetProperty("min_capacity").GetInt32(),
            found.Value.GetProperty("capacity").GetInt64())));

    private static long CapacityOf(Tensor logits, Settings settings, int choices) =>
        ReferenceGating.Capacity(logits.Size(0), logits.Size(1), choices, settings.Factor, settings.Minimum);

    /// <summary>
    /// [S, E, C]: the weight of a token at the place of an expert that it takes. DeepSpeed lets all first choices take places before all
    /// second ones (two choices), or goes token by token (topkgating).
    /// </summary>
    private static Tensor CombineWeights(Assignment assignment, long experts, long capacity, bool firstChoicesFirst)
    {
        long tokens = assignment.Experts.Size(0), choices = assignment.Experts.Size(1);
        long[] chosen = assignment.Experts.ToArray<long>(), taken = new long[experts], indices = new long[tokens * choices];
        bool[] kept = assignment.Kept!.ToArray<bool>();
        for (long i = 0; i < tokens * choices; i++)
        {
            long entry = firstChoicesFirst ? i % tokens * choices + i / tokens : i;
            long place = kept[entry] ? taken[chosen[entry]]++ : 0; // the weight of what is not kept is 0
            indices[entry] = (entry / choices * experts + chosen[entry]) * capacity + place;
        }
        return Create.Zeros([tokens * experts * capacity])
            .IndexAdd(0, Tensor.From(indices, indices.Length), assignment.Gates.Reshape(-1))
            .Reshape(tokens, experts, capacity);
    }
}
