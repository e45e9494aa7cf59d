using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

/// <summary>What holds for every divergence between teacher and student.</summary>
public sealed class DivergenceTests : IDisposable
{
    private const float Inf = float.PositiveInfinity;

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static readonly Dictionary<string, Func<double, TokenObjective>> Divergences = new()
    {
        ["forward-kl"] = temperature => new ForwardKl(new() { Temperature = temperature }),
        ["reverse-kl"] = temperature => new ReverseKl(new() { Temperature = temperature }),
        ["jsd"] = temperature => new GeneralizedJsd(new() { Temperature = temperature }),
        ["jsd 0"] = temperature => new GeneralizedJsd(new() { Beta = 0, Temperature = temperature }),
        ["jsd 0.1"] = temperature => new GeneralizedJsd(new() { Beta = 0.1, Temperature = temperature }),
        ["jsd 1"] = temperature => new GeneralizedJsd(new() { Beta = 1, Temperature = temperature }),
        ["jsd 0 swapped"] = temperature => new GeneralizedJsd(new() { Beta = 0, Temperature = temperature, SwappedMixture = true }),
        ["jsd 0.3 swapped"] = temperature => new GeneralizedJsd(new() { Beta = 0.3, Temperature = temperature, SwappedMixture = true }),
        ["jsd 1 swapped"] = temperature => new GeneralizedJsd(new() { Beta = 1, Temperature = temperature, SwappedMixture = true }),
    };

    private static readonly double[] Temperatures = [0.5, 1, 3];

    public static TheoryData<string> Names => [.. Divergences.Keys];

    public static IEnumerable<object[]> AtTemperatures => Divergences.Keys.SelectMany(_ => Temperatures, (name, temperature) => new object[] { name, temperature });

    [Theory]
    [MemberData(nameof(AtTemperatures))]
    public void It_is_zero_with_zero_gradient_where_student_and_teacher_agree(string name, double temperature)
    {
        var student = TestLogits.Normal(1, DType.Float64, 4, 9).RequireGrad();
        var losses = Divergences[name](temperature).PerToken(new(student, student.Detach() + 5, null)); // a shift of logits changes nothing
        losses.ToArray<double>().ShouldAllBe(loss => Math.Abs(loss) < 1e-12);
        losses.Sum().Backward();
        student.Grad()!.ToArray<double>().ShouldAllBe(slope => Math.Abs(slope) < 1e-12);
    }

    [Theory]
    [MemberData(nameof(AtTemperatures))]
    public void It_is_positive_where_they_differ(string name, double temperature) =>
        Divergences[name](temperature).PerToken(TestLogits.Tokens(6, 9)).ToArray<double>().ShouldAllBe(loss => loss > 1e-4);

    [Theory]
    [MemberData(nameof(AtTemperatures))]
    public void Its_gradient_is_the_slope_of_its_loss(string name, double temperature)
    {
        var logits = TestLogits.Tokens(3, 7);
        FiniteDifferences.ShouldMatch(student => Divergences[name](temperature).PerToken(logits with { Student = student }), logits.Student);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_teacher_receives_no_gradient(string name)
    {
        var (student, teacher) = (TestLogits.Normal(1, DType.Float32, 3, 7).RequireGrad(), TestLogits.Normal(2, DType.Float32, 3, 7).RequireGrad());
        Divergences[name](1).PerToken(new(student, teacher, null)).Sum().Backward();
        student.Grad().ShouldNotBeNull();
        teacher.Grad().ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_order_of_tokens_and_of_the_vocabulary_does_not_matter(string name)
    {
        var logits = TestLogits.Tokens(5, 8);
        var rows = Tensor.From([3L, 0, 4, 1, 2], 5);
        var columns = Tensor.From([7L, 2, 5, 0, 1, 6, 3, 4], 8);
        Tensor Mixed(Tensor x) => x.IndexSelect(0, rows).IndexSelect(1, columns);
        var mixed = Divergences[name](2).PerToken(new(Mixed(logits.Student), Mixed(logits.Teacher!), null));
        var expected = Divergences[name](2).PerToken(logits).IndexSelect(0, rows).ToArray<double>();
        mixed.ToArray<double>().ShouldBe(expected, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Tokens_that_both_rule_out_do_not_count(string name)
    {
        var logits = TestLogits.Tokens(2, 5, DType.Float32);
        var padding = Create.Full([2, 3], -Inf);
        var student = Shaping.Cat([logits.Student, padding], 1).RequireGrad();
        var losses = Divergences[name](2).PerToken(new(student, Shaping.Cat([logits.Teacher!, padding], 1), null));
        losses.ToArray<double>().ShouldBe(Divergences[name](2).PerToken(logits).ToArray<double>(), 1e-6);
        losses.Sum().Backward();
        student.Grad()!.ToArray<double>().ShouldAllBe(slope => double.IsFinite(slope));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Tokens_that_one_rules_out_give_no_nan(string name)
    {
        var student = Tensor.From([0f, 1, -Inf, 2, 0, 1], 2, 3).RequireGrad();
        var losses = Divergences[name](1).PerToken(new(student, Tensor.From([1f, 0, 2, 3, -Inf, 0], 2, 3), null));
        losses.ToArray<double>().ShouldAllBe(loss => loss > 0);
        losses.Sum().Backward();
        student.Grad()!.ToArray<double>().ShouldAllBe(slope => !double.IsNaN(slope));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sharp_distributions_far_apart_stay_exact(string name)
    {
        var student = Tensor.From([1000f, 0, -1000], 1, 3).RequireGrad();
        var losses = Divergences[name](1).PerToken(new(student, Tensor.From([0f, 1000, -1000], 1, 3), null));
        var expected = Divergences[name](1).PerToken(new(student.Detach().To(DType.Float64), Tensor.From([0.0, 1000, -1000], 1, 3), null));
        losses.Item<double>().ShouldBe(expected.Item<double>(), 1e-3);
        losses.Backward();
        student.Grad()!.ToArray<double>().ShouldAllBe(slope => double.IsFinite(slope));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Softmax_is_float32_whatever_the_logits_are(string name)
    {
        var half = TestLogits.Tokens(4, 9, DType.BFloat16);
        half.Student.RequireGrad();
        var losses = Divergences[name](2).PerToken(half);
        var same = new TokenLogits(half.Student.Detach().To(DType.Float64).RequireGrad(), half.Teacher!.To(DType.Float64), null);
        var expected = Divergences[name](2).PerToken(same);
        losses.DType.ShouldBe(DType.Float32);
        losses.ToArray<double>().ShouldBe(expected.ToArray<double>(), 1e-5);

        losses.Sum().Backward();
        expected.Sum().Backward();
        half.Student.Grad()!.DType.ShouldBe(DType.BFloat16);
        half.Student.Grad()!.ToArray<double>().ShouldBe(same.Student.Grad()!.ToArray<double>(), 0.01);
    }

    [Theory]
    [InlineData("forward-kl")]
    [InlineData("reverse-kl")]
    public void At_high_temperature_it_is_half_the_variance_of_the_difference_of_logits(string name)
    {
        var logits = TestLogits.Tokens(3, 6);
        var losses = Divergences[name](100).PerToken(logits);
        var difference = logits.Student - logits.Teacher!;
        var variance = (difference - difference.Mean(-1, keep: true)).Square().Mean(-1);
        losses.ToArray<double>().ShouldBe((variance / 2).ToArray<double>(), 0.05 * variance.Max().Item<double>());
    }

    [Fact]
    public void At_low_temperature_forward_kl_asks_for_the_teachers_best_token()
    {
        var student = TestLogits.Normal(1, DType.Float64, 1, 4).RequireGrad();
        var teacher = Tensor.From([0.0, 1, 3, 2], 1, 4);
        (new ForwardKl(new() { Temperature = 0.01 }).PerToken(new(student, teacher, null)) * 100).Backward();
        var slopes = student.Grad()!.ToArray<double>();
        slopes[2].ShouldBeLessThan(0);
        slopes.Where((_, token) => token != 2).ShouldAllBe(slope => slope >= 0);
    }

    [Fact]
    public void Jsd_at_its_ends_is_forward_and_reverse_kl_without_the_temperature_factor()
    {
        var logits = TestLogits.Tokens(3, 6);
        double[] Losses(string name) => Divergences[name](2).PerToken(logits).ToArray<double>();
        Losses("jsd 0").ShouldBe(Losses("forward-kl").Select(loss => loss / 4), 1e-12);
        Losses("jsd 1").ShouldBe(Losses("reverse-kl").Select(loss => loss / 4), 1e-12);
        Losses("jsd 0 swapped").ShouldBe(Losses("jsd 1"));
        Losses("jsd 1 swapped").ShouldBe(Losses("jsd 0"));
    }

    [Theory]
    [InlineData(1e-7)]
    [InlineData(1 - 1e-7)]
    public void Jsd_near_its_ends_grows_from_zero_as_the_divergence_times_the_smaller_weight(double beta)
    {
        var logits = TestLogits.Tokens(3, 6);
        double weight = Math.Min(beta, 1 - beta);
        var losses = new GeneralizedJsd(new() { Beta = beta }).PerToken(logits).ToArray<double>();
        losses.ShouldBe(Divergences[beta < 0.5 ? "jsd 0" : "jsd 1"](1).PerToken(logits).ToArray<double>().Select(loss => loss * weight), 1e-4 * weight);
    }

    [Fact]
    public void Losses_do_not_depend_on_how_many_tokens_are_computed_at_once()
    {
        const int Vocabulary = 1 << 20; // four rows a block
        var logits = TestLogits.Tokens(6, Vocabulary, DType.Float32);
        var student = logits.Student.RequireGrad();
        var losses = Divergences["jsd"](1).PerToken(logits);
        losses.Sum().Backward();
        var last = logits.Student.Detach().Narrow(0, 5, 1).Clone().RequireGrad();
        var alone = Divergences["jsd"](1).PerToken(new(last, logits.Teacher!.Narrow(0, 5, 1), null));
        alone.Backward();
        losses.ToArray<float>()[5].ShouldBe(alone.Item<float>());
        student.Grad()!.Narrow(0, 5, 1).Equal(last.Grad()!).All().Item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void No_tokens_are_no_loss()
    {
        var student = Create.Zeros([0, 5]).RequireGrad();
        var losses = Divergences["forward-kl"](1).PerToken(new(student, Create.Zeros([0, 5]), null));
        losses.Shape.ShouldBe([0]);
        losses.Sum().Backward();
        student.Grad()!.Shape.ShouldBe([0, 5]);
    }

    [Fact]
    public void Vocabularies_that_differ_are_an_error() =>
        Should.Throw<ArgumentException>(() => Divergences["jsd"](1).PerToken(new(Create.Zeros([2, 5]), Create.Zeros([2, 6]), null)))
            .Message.ShouldContain("[2, 6]");

    [Fact]
    public void A_missing_teacher_is_an_error() =>
        Should.Throw<InvalidOperationException>(() => Divergences["jsd"](1).PerToken(new(Create.Zeros([2, 5]), null, null)));
}
