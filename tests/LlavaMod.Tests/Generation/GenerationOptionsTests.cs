using LlavaMod.Generation;

namespace LlavaMod.Tests.Generation;

public sealed class GenerationOptionsTests
{
    public static TheoryData<GenerationOptions, string> Broken => new()
    {
        { new() { MaxNewTokens = 0 }, "generation: max new tokens 0 must be between 1 and 1048576" },
        { new() { Temperature = -1 }, "generation: temperature -1 must be between 0 (the most likely token) and 100" },
        { new() { Temperature = double.NaN }, "generation: temperature NaN must be" },
        { new() { TopP = 0 }, "generation: top-p 0 must be above 0 and at most 1" },
        { new() { TopP = 1.5 }, "generation: top-p 1.5 must be" },
        { new() { TopK = -1 }, "generation: top-k -1 must be positive" },
        { new() { MinP = 2 }, "generation: min-p 2 must be between 0" },
        { new() { RepetitionPenalty = 0 }, "generation: repetition penalty 0 must be above 0" },
        { new() { LogProbabilities = 21 }, "generation: 21 log-probabilities for each token" },
        { new() { Stop = [""] }, "generation: a stop string has 0 characters" },
        { new() { Stop = ["\uDE00"] }, "generation: a stop string begins with half a character" },
        { new() { Stop = [.. Enumerable.Repeat("x", 17)] }, "generation: there are 17 stop strings; at most 16" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void A_value_out_of_its_range_is_one_line_that_names_it(GenerationOptions options, string message) =>
        Should.Throw<UserError>(() => options.Validate()).Message.ShouldStartWith(message);

    [Fact]
    public void The_defaults_are_valid_and_greedy()
    {
        new GenerationOptions().Validate();
        new GenerationOptions().Temperature.ShouldBe(0);
    }
}
