using LlavaMod.Generation;

namespace LlavaMod.Tests.Generation;

public sealed class SamplerTests
{
    private const int Draws = 20_000;

    private static readonly float[] Logits = [1.0f, 3.0f, 2.0f, -1.0f, 2.0f, 0.0f];

    // How often each token is drawn, from probabilities that add up to 1.
    private static double[] Frequencies(GenerationOptions options, params int[] seen)
    {
        var sampler = new Sampler(Logits.Length);
        var counts = new double[Logits.Length];
        ulong random = 5;
        for (int i = 0; i < Draws; i++) counts[sampler.Choose(Logits, options, seen.ToHashSet(), ref random)] += 1.0 / Draws;
        return counts;
    }

    private static double[] Softmax(IEnumerable<double> logits)
    {
        var powers = logits.Select(Math.Exp).ToArray();
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private static double[] Among(params int[] tokens) =>
        Softmax(Logits.Select((logit, token) => tokens.Contains(token) ? logit : double.NegativeInfinity));

    private static void ShouldBeDrawn(GenerationOptions options, double[] expected, params int[] seen)
    {
        var found = Frequencies(options, seen);
        for (int token = 0; token < expected.Length; token++)
        {
            found[token].ShouldBe(expected[token], 0.015);
            (found[token] > 0).ShouldBe(expected[token] > 1e-9);
        }
    }

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_probable()
    {
        ShouldBeDrawn(new() { Temperature = 1 }, Softmax(Logits.Select(logit => (double)logit)));
        ShouldBeDrawn(new() { Temperature = 2 }, Softmax(Logits.Select(logit => logit / 2.0)));
    }

    [Fact]
    public void Temperature_0_takes_the_first_of_the_most_likely_tokens()
    {
        ShouldBeDrawn(new() { TopK = 3, TopP = 0.5, MinP = 0.9 }, [0, 1, 0, 0, 0, 0]);
        ulong random = 1;
        new Sampler(3).Choose([1, 2, 2], new(), new HashSet<int>(), ref random).ShouldBe(1);
        random.ShouldBe(1UL);
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-39)]
    [InlineData(1e-45)]
    [InlineData(double.Epsilon)]
    public void However_low_the_temperature_the_likeliest_token_is_drawn(double temperature)
    {
        ShouldBeDrawn(new() { Temperature = temperature }, [0, 1, 0, 0, 0, 0]);
        ShouldBeDrawn(new() { Temperature = temperature, TopK = 3, TopP = 0.5, MinP = 1 }, [0, 1, 0, 0, 0, 0]);
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-45)]
    [InlineData(double.Epsilon)]
    public void However_small_the_repetition_penalty_what_was_said_is_said_again(double penalty)
    {
        ShouldBeDrawn(new() { RepetitionPenalty = penalty }, [0, 0, 1, 0, 0, 0], 2, 3);
        ShouldBeDrawn(new() { RepetitionPenalty = penalty, Temperature = 1, TopP = 0.9 }, [0, 0, 1, 0, 0, 0], 2, 3);
    }

    [Fact]
    public void Top_k_takes_the_likeliest_and_those_as_likely_as_the_last()
    {
        ShouldBeDrawn(new() { Temperature = 1, TopK = 1 }, Among(1));
        ShouldBeDrawn(new() { Temperature = 1, TopK = 2 }, Among(1, 2, 4));
        ShouldBeDrawn(new() { Temperature = 1, TopK = 4 }, Among(1, 2, 4, 0));
        ShouldBeDrawn(new() { Temperature = 1, TopK = 100 }, Among(0, 1, 2, 3, 4, 5));
    }

    [Fact]
    public void Top_p_takes_the_fewest_tokens_that_have_the_mass()
    {
        // In falling order 0.499 (1), 0.183 (2), 0.183 (4), 0.068 (0), 0.025 (5), 0.009 (3).
        ShouldBeDrawn(new() { Temperature = 1, TopP = 0.4 }, Among(1));
        ShouldBeDrawn(new() { Temperature = 1, TopP = 0.6 }, Among(1, 2));
        ShouldBeDrawn(new() { Temperature = 1, TopP = 0.8 }, Among(1, 2, 4));
        ShouldBeDrawn(new() { Temperature = 1, TopP = 0.98 }, Among(1, 2, 4, 0, 5));
    }

    [Fact]
    public void Top_p_is_of_the_mass_that_top_k_has_left()
    {
        // Of the three likeliest tokens, 1 has 0.576 and 2 and 4 have 0.212 each.
        ShouldBeDrawn(new() { Temperature = 1, TopK = 3, TopP = 0.55 }, Among(1));
        ShouldBeDrawn(new() { Temperature = 1, TopP = 0.55 }, Among(1, 2));
    }

    [Fact]
    public void Min_p_is_a_share_of_the_likeliest()
    {
        ShouldBeDrawn(new() { Temperature = 1, MinP = 0.3 }, Among(1, 2, 4));  // e^-1 = 0.37
        ShouldBeDrawn(new() { Temperature = 1, MinP = 0.1 }, Among(1, 2, 4, 0)); // e^-2 = 0.14
        ShouldBeDrawn(new() { Temperature = 1, MinP = 1 }, Among(1));
    }

    [Fact]
    public void Words_that_were_there_already_become_less_likely()
    {
        ShouldBeDrawn(new() { Temperature = 1, RepetitionPenalty = 2 }, Softmax([1.0, 1.5, 2, -2, 2, 0]), 1, 3, 5);
        ShouldBeDrawn(new() { RepetitionPenalty = 2 }, [0, 0, 1, 0, 0, 0], 1, 3, 5);
    }

    [Fact]
    public void Filters_of_a_large_vocabulary_take_what_sorting_everything_takes()
    {
        var random = new Random(3);
        float[] logits = [.. Enumerable.Range(0, 5000).Select(_ => (float)(random.NextDouble() * random.NextDouble() * 12))];
        var sampler = new Sampler(logits.Length);
        var sorted = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ToArray();
        foreach (double p in (double[])[0.3, 0.9, 0.99])
        {
            double all = logits.Sum(logit => Math.Exp(logit)), before = 0;
            var nucleus = sorted.TakeWhile(token => (before += Math.Exp(logits[token])) - Math.Exp(logits[token]) < p * all).ToHashSet();
            ulong state = 1;
            for (int i = 0; i < 300; i++) nucleus.ShouldContain(sampler.Choose(logits, new() { Temperature = 1, TopP = p }, new HashSet<int>(), ref state));
        }
        var best = sorted.Take(7).ToHashSet();
        ulong second = 1;
        Enumerable.Range(0, 1000).Select(_ => sampler.Choose(logits, new() { Temperature = 100, TopK = 7 }, new HashSet<int>(), ref second)).ToHashSet()
            .SetEquals(best).ShouldBeTrue();
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void Logits_that_are_no_numbers_are_an_error(float broken)
    {
        ulong random = 1;
        Should.Throw<InvalidOperationException>(() => new Sampler(3).Choose([1, broken, 2], new(), new HashSet<int>(), ref random))
            .Message.ShouldContain("the largest logit of a step is");
    }
}
