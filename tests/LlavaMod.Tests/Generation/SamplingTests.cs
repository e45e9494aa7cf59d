using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Tests.Models;
using LlavaMod.Tests.Training;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Generation;

/// <summary>Options of requests, as a whole batch keeps to them.</summary>
public sealed class SamplingTests : IDisposable
{
    private const int Most = 12;

    private static readonly GenerationOptions Hot = new() { MaxNewTokens = Most, Temperature = 1, Seed = 5 };

    private readonly TensorScope scope = new();
    private readonly VisionFeatures vision = new();
    private readonly Llava model = TinyModels.Build(7, TinyModels.Config(TinyModels.Experts, tied: false));

    public void Dispose()
    {
        model.Dispose();
        vision.Dispose();
        scope.Dispose();
    }

    private static GenerationRequest Request(int number, GenerationOptions options)
    {
        var sample = TinySamples.Supervised(number);
        return new GenerationRequest(new Prompt(sample.Chosen, sample.Images), options);
    }

    private IReadOnlyList<GeneratedAnswer> Generate(params GenerationRequest[] requests) => new Generator(model, vision).Generate(requests);

    [Fact]
    public void A_seed_repeats_its_answer_and_another_one_gives_another()
    {
        var first = Generate(Request(4, Hot))[0].Tokens;
        Generate(Request(4, Hot))[0].Tokens.ShouldBe(first);
        Generate(Request(4, Hot with { Seed = 6 }))[0].Tokens.ShouldNotBe(first);
        var (one, other) = (Generate(Request(4, Hot with { Seed = null }))[0].Tokens, Generate(Request(4, Hot with { Seed = null }))[0].Tokens);
        one.ShouldNotBe(other);
    }

    [Fact]
    public void A_row_draws_what_it_draws_alone_whatever_its_company_asks_for()
    {
        GenerationRequest[] requests =
        [
            Request(1, Hot with { MaxNewTokens = 2 }), Request(2, Hot with { MaxNewTokens = Most / 2 }), Request(3, new() { MaxNewTokens = Most }),
            Request(4, Hot), Request(4, Hot), Request(5, new() { MaxNewTokens = Most, RepetitionPenalty = 1.5, LogProbabilities = 2 }),
        ];
        var together = Generate(requests);
        for (int i = 0; i < requests.Length; i++) together[i].Tokens.ShouldBe(Generate(requests[i])[0].Tokens);
        together[3].Tokens.ShouldBe(together[4].Tokens);
    }

    [Fact]
    public void A_strong_penalty_says_no_word_twice()
    {
        var free = Generate(Request(4, new() { MaxNewTokens = Most }))[0].Tokens;
        free.Distinct().Count().ShouldBeLessThan(Most, "the free answer repeats nothing: this shows nothing");
        var request = Request(4, new() { MaxNewTokens = Most, RepetitionPenalty = 100 });
        var tokens = Generate(request)[0].Tokens;
        tokens.Distinct().Count().ShouldBe(Most);
        tokens.Intersect(request.Prompt.Sequence.InputIds).ShouldBeEmpty();
    }

    [Fact]
    public void Log_probabilities_are_the_model_s_own()
    {
        var logits = new List<float[]>();
        var options = Hot with { Temperature = 3, TopK = 5, LogProbabilities = 3 };
        var answer = new Generator(model, vision) { OnLogits = step => logits.Add(step.ToArray<float>()) }.Generate([Request(4, options)])[0];
        answer.LogProbabilities!.Count.ShouldBe(Most);
        for (int i = 0; i < Most; i++)
        {
            double whole = Math.Log(logits[i].Sum(logit => Math.Exp(logit)));
            var found = answer.LogProbabilities[i];
            found.Token.ShouldBe(answer.Tokens[i]);
            found.LogProbability.ShouldBe(logits[i][found.Token] - whole, 1e-5);
            found.MostLikely.Select(entry => entry.Token).ShouldBe(Enumerable.Range(0, TinyModels.Words).OrderByDescending(token => logits[i][token]).Take(3));
            foreach (var (token, value) in found.MostLikely) value.ShouldBe(logits[i][token] - whole, 1e-5);
        }
        Generate(Request(4, Hot))[0].LogProbabilities.ShouldBeNull();
        Generate(Request(4, Hot with { LogProbabilities = 0 }))[0].LogProbabilities!.ShouldAllBe(entry => entry.MostLikely.Count == 0);
    }
}
