using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

/// <summary>The fused head and losses against logits of all positions, the same objectives over them, and autograd.</summary>
public sealed class HeadLossTests : IDisposable
{
    private const long Width = 6;
    private const long TeacherWidth = 5;
    private const long Words = 11;

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string, DType> Objectives
    {
        get
        {
            var data = new TheoryData<string, DType>();
            foreach (string name in Token.Keys)
            {
                data.Add(name, DType.Float64);
                data.Add(name, DType.Float32);
            }
            return data;
        }
    }

    // Every objective of the catalog, and what options change in its formula.
    private static Dictionary<string, Func<TokenObjective>> Token
    {
        get
        {
            var found = Catalog<Objective>.Entries.Where(entry => entry.Type.IsAssignableTo(typeof(TokenObjective)))
                .ToDictionary(entry => entry.Name, entry => (Func<TokenObjective>)(() => (TokenObjective)Catalog<Objective>.Create(entry.Name)));
            found["forward-kl at 2"] = () => new ForwardKl(new() { Temperature = 2 });
            found["forward-kl of the reference"] = () => new ForwardKl(new() { Reference = true });
            found["reverse-kl at 0.5"] = () => new ReverseKl(new() { Temperature = 0.5 });
            found["jsd of 0.1, swapped"] = () => new GeneralizedJsd(new() { Beta = 0.1, SwappedMixture = true, Temperature = 3 });
            return found;
        }
    }

    private sealed record Case(Tensor Hidden, Tensor Weight, Tensor TeacherHidden, Tensor TeacherWeight, Tensor Targets)
    {
        public static Case Of(int n, DType dtype, long words = Words, long teacherWords = Words) => new(
            TestLogits.Normal(11, dtype, n, Width), TestLogits.Normal(12, dtype, words, Width) * 0.3,
            TestLogits.Normal(13, dtype, n, TeacherWidth), TestLogits.Normal(14, dtype, teacherWords, TeacherWidth) * 0.3,
            Tensor.From(Enumerable.Range(0, n).Select(i => (7L * i + 3) % words).ToArray(), n));

        public Case To(DType dtype) => new(Hidden.To(dtype), Weight.To(dtype), TeacherHidden.To(dtype), TeacherWeight.To(dtype), Targets);

        public Case Follow(bool hidden = true, bool weight = true)
        {
            Hidden.RequireGrad(hidden);
            Weight.RequireGrad(weight);
            return this;
        }

        public HeadRows Student(long chunk = 3, long block = 2) => new(Hidden, Weight) { ChunkSize = chunk, BlockSize = block };

        public (Tensor Values, Tensor Total) Fused(HeadTerm[] terms, RowGroup[] groups, long chunk = 3, long block = 2) =>
            HeadLoss.Of(Student(chunk, block), new HeadRows(TeacherHidden, TeacherWeight), Targets, groups, terms);

        // The same from logits of all positions.
        public (double[] Values, Tensor Total) Plain(HeadTerm[] terms, RowGroup[] groups)
        {
            var (student, teacher) = (Hidden.Linear(Weight), TeacherHidden.Linear(TeacherWeight));
            var values = new double[terms.Length];
            var total = Create.Scalar(0, Hidden.DType);
            foreach (var (start, count, looking) in groups)
            {
                foreach (int index in looking)
                {
                    var (objective, share, weight) = terms[index];
                    long words = objective.NeedsTeacher ? Math.Min(student.Size(1), teacher.Size(1)) : student.Size(1);
                    var logits = new TokenLogits(Cut(student), objective.NeedsTeacher ? Cut(teacher) : null, Targets.Narrow(0, start, count));
                    var sum = objective.PerToken(logits).Sum() * share;
                    values[index] += sum.Item<double>();
                    total = total + sum * weight;

                    Tensor Cut(Tensor all) => all.Narrow(0, start, count).Narrow(1, 0, words);
                }
            }
            return (values, total);
        }
    }

    private static void ShouldAgree(Case given, HeadTerm[] terms, RowGroup[] groups, double tolerance, long chunk = 3, long block = 2)
    {
        var (values, total) = given.Fused(terms, groups, chunk, block);
        var (expected, plain) = given.Plain(terms, groups);
        ShouldBe(values, expected, tolerance);
        ShouldBe(total, [plain.Item<double>()], tolerance);
        Tensor[] leaves = [.. new[] { given.Hidden, given.Weight }.Where(leaf => leaf.RequiresGrad())];
        var (found, wanted) = (Gradients.Of(total, leaves), Gradients.Of(plain, leaves));
        for (int i = 0; i < leaves.Length; i++)
        {
            found[i]!.DType.ShouldBe(leaves[i].DType);
            ShouldBe(found[i]!, wanted[i]!.ToArray<double>(), tolerance);
        }
    }

    private static void ShouldBe(Tensor found, double[] expected, double tolerance) =>
        found.ToArray<double>().ShouldBe(expected, tolerance * Math.Max(1e-3, expected.Max(Math.Abs)));

    private static double Tolerance(DType dtype) => dtype == DType.Float64 ? 1e-12 : 2e-6;

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Chunks_give_the_losses_and_gradients_of_all_logits(string name, DType dtype)
    {
        HeadTerm[] terms = [new(Token[name](), 0.25, 1.5)];
        foreach (int n in new[] { 1, 2, 3, 7 })
        {
            foreach (var (chunk, block) in new[] { (3, 2), (1, 1), (2, 5), (100, 100) })
            {
                ShouldAgree(Case.Of(n, dtype).Follow(), terms, [new RowGroup(0, n, [0])], Tolerance(dtype), chunk, block);
            }
        }
    }

    [Fact]
    public void Objectives_share_positions_and_temperatures_and_skip_what_they_do_not_look_at()
    {
        HeadTerm[] terms =
        [
            new(new CrossEntropy(new()), 0.2, 1), new(new ForwardKl(new()), 0.3, 0.5), new(new ForwardKl(new() { Temperature = 2 }), 1, 2),
            new(new ReverseKl(new()), 0.1, 0), new(new GeneralizedJsd(new()), 0.7, 1),
        ];
        RowGroup[] groups = [new(0, 4, [0, 1]), new(4, 1, []), new(5, 3, [1, 2, 3, 4]), new(8, 2, [4, 0])];
        ShouldAgree(Case.Of(10, DType.Float64).Follow(), terms, groups, 1e-12);
        ShouldAgree(Case.Of(10, DType.Float64).Follow(), terms, groups, 1e-12, chunk: 5, block: 3);
        ShouldAgree(Case.Of(10, DType.Float32).Follow(), terms, groups, 2e-6);
    }

    [Fact]
    public void A_loss_of_weight_0_is_reported_and_stays_out_of_the_total_even_where_it_is_not_finite()
    {
        var given = Case.Of(3, DType.Float64).Follow();
        given.TeacherHidden.Fill_(double.PositiveInfinity);
        var (values, total) = given.Fused([new(new CrossEntropy(new()), 1, 1), new(new ReverseKl(new()), 1, 0)], [new(0, 3, [0, 1])]);
        double.IsFinite(values.ToArray<double>()[1]).ShouldBeFalse();
        total.Item<double>().ShouldBe(values.ToArray<double>()[0]);
        Gradients.Of(total, [given.Hidden])[0]!.ToArray<double>().ShouldAllBe(slope => double.IsFinite(slope));
    }

    [Theory]
    [InlineData(11, 13)]
    [InlineData(13, 11)]
    public void Words_that_one_model_lacks_are_no_words_to_what_compares_both(long words, long teacherWords)
    {
        HeadTerm[] terms = [new(new ForwardKl(new()), 1, 1), new(new CrossEntropy(new()), 1, 1)];
        foreach (int[] looking in new int[][] { [0], [0, 1], [1, 0] })
        {
            ShouldAgree(Case.Of(5, DType.Float64, words, teacherWords).Follow(), terms, [new(0, 5, looking)], 1e-12);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void What_is_frozen_gets_no_gradient(bool hidden, bool weight)
    {
        HeadTerm[] terms = [new(new ForwardKl(new()), 1, 1)];
        var given = Case.Of(5, DType.Float64).Follow(hidden, weight);
        ShouldAgree(given, terms, [new(0, 5, [0])], 1e-12);
        given.Fused(terms, [new(0, 5, [0])]).Total.Backward();
        (given.Hidden.Grad() is not null).ShouldBe(hidden);
        (given.Weight.Grad() is not null).ShouldBe(weight);
    }

    [Fact]
    public void Without_recording_there_is_a_value_and_no_graph()
    {
        using var mode = GradMode.Off();
        Case.Of(5, DType.Float32).Follow().Fused([new(new CrossEntropy(new()), 1, 1)], [new(0, 5, [0])]).Total.RequiresGrad().ShouldBeFalse();
    }

    [Fact]
    public void Gradients_follow_what_the_total_is_multiplied_by_as_often_as_they_are_asked_for()
    {
        var given = Case.Of(5, DType.Float64).Follow();
        HeadTerm[] terms = [new(new ForwardKl(new()), 1, 1)];
        var (_, total) = given.Fused(terms, [new(0, 5, [0])]);
        var once = Gradients.Of(total, [given.Hidden, given.Weight], retainGraph: true);
        (total * 3).Backward(retainGraph: true);
        total.Backward(retainGraph: true);
        given.Weight.Grad()!.Multiply_(2); // what has been handed out is the caller's
        (total * -1).Backward();
        foreach (var (leaf, slope, times) in new[] { (given.Hidden, once[0]!, 3), (given.Weight, once[1]!, 7) })
        {
            ShouldBe(leaf.Grad()!, (slope * times).ToArray<double>(), 1e-12);
        }
    }

    [Fact]
    public void A_tied_embedding_gets_the_gradients_of_both_its_uses()
    {
        var given = Case.Of(5, DType.Float64).Follow(hidden: false);
        HeadTerm[] terms = [new(new ForwardKl(new()), 1, 1)];
        RowGroup[] groups = [new(0, 5, [0])];
        var ids = Tensor.From([1L, 4, 4, 0, 9], 5);
        var fused = (given with { Hidden = ids.Embedding(given.Weight) }).Fused(terms, groups).Total;
        var plain = (given with { Hidden = ids.Embedding(given.Weight) }).Plain(terms, groups).Total;
        ShouldBe(Gradients.Of(fused, [given.Weight])[0]!, Gradients.Of(plain, [given.Weight])[0]!.ToArray<double>(), 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    public void In_16_bits_softmax_and_sums_are_of_32(long chunk)
    {
        var half = Case.Of(9, DType.BFloat16);
        var full = half.To(DType.Float64).Follow();
        half.Follow();
        HeadTerm[] terms = [new(new ForwardKl(new()), 1.0 / 9, 1), new(new CrossEntropy(new()), 1.0 / 9, 1)];
        RowGroup[] groups = [new(0, 9, [0, 1])];
        var (values, total) = half.Fused(terms, groups, chunk);
        values.DType.ShouldBe(DType.Float32);
        var (expected, plain) = full.Plain(terms, groups);
        ShouldBe(values, expected, 0.02);
        total.Backward();
        plain.Backward();
        ShouldBe(half.Hidden.Grad()!, full.Hidden.Grad()!.ToArray<double>(), 0.02);
        ShouldBe(half.Weight.Grad()!, full.Weight.Grad()!.ToArray<double>(), 0.02);
        half.Weight.Grad()!.DType.ShouldBe(DType.BFloat16);
    }
}
