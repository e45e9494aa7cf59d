using LlavaMod.Data;
using LlavaMod.Objectives;

namespace LlavaMod.Tests.Objectives;

public sealed class TokenPositionsTests
{
    private const long Image = -200;

    // p prompt, r response, v visual, . padding; a token's id is its place in the batch.
    private static TokenPositions Select(string rows, TokenScope scope, bool shifted = true, bool includePadding = false)
    {
        var kinds = Kinds(rows);
        var tokens = kinds.Select((kind, place) => kind is TokenKind.Prompt or TokenKind.Response ? place : Image).ToArray();
        return TokenPositions.Select(kinds, tokens, rows.IndexOf(' ') is > 0 and var length ? length : rows.Length, scope, shifted, includePadding);
    }

    private static TokenKind[] Kinds(string rows) => [.. rows.Where(letter => letter != ' ').Select(letter => letter switch
    {
        'p' => TokenKind.Prompt,
        'r' => TokenKind.Response,
        'v' => TokenKind.Visual,
        _ => TokenKind.Padding,
    })];

    [Theory]
    [InlineData(TokenScope.Response, new long[] { 0, 4 })]
    [InlineData(TokenScope.Prompt, new long[] { 3 })]
    [InlineData(TokenScope.Visual, new long[] { })]
    [InlineData(TokenScope.All, new long[] { 0, 3, 4 })]
    public void The_last_token_of_a_packed_sample_does_not_predict_the_next_ones_first(TokenScope scope, long[] indices)
    {
        // prompt, response | visual | prompt, prompt, response | padding
        var kinds = Kinds("prvppr.");
        var chosen = TokenPositions.Select(kinds, new long[7], 7, scope, samples: [0, 0, 1, 2, 2, 2, -1]);
        chosen.Indices.ShouldBe(indices);
    }

    [Theory]
    [InlineData("pprrr", new long[] { 1, 2, 3 }, new long[] { 2, 3, 4 })]
    [InlineData("pprr.", new long[] { 1, 2 }, new long[] { 2, 3 })]
    [InlineData("..pprr", new long[] { 3, 4 }, new long[] { 4, 5 })] // left padding
    [InlineData("pr.. pprr", new long[] { 0, 5, 6 }, new long[] { 1, 6, 7 })] // rows of different lengths
    [InlineData("prprr", new long[] { 0, 2, 3 }, new long[] { 1, 3, 4 })] // two answers
    [InlineData("vvr", new long[] { 1 }, new long[] { 2 })] // an answer right after an image
    [InlineData("rrp", new long[] { 0 }, new long[] { 1 })] // nothing predicts the first token of a row
    [InlineData("ppp rrr", new long[] { 3, 4 }, new long[] { 4, 5 })] // a row does not look into the next
    [InlineData("..r", new long[0], new long[0])] // padding predicts nothing
    public void A_response_token_is_learnt_at_the_position_before_it(string rows, long[] indices, long[] targets)
    {
        var chosen = Select(rows, TokenScope.Response);
        chosen.Indices.ShouldBe(indices);
        chosen.Targets.ShouldBe(targets);
        chosen.Count.ShouldBe(indices.Length);
    }

    [Fact]
    public void The_prompt_has_targets_too_but_none_before_an_image()
    {
        var chosen = Select("pvvppvprr ppprr....", TokenScope.Prompt); // two images in the first row
        chosen.Indices.ShouldBe([2, 3, 5, 9, 10]);
        chosen.Targets.ShouldBe([3, 4, 6, 10, 11]);
    }

    [Fact]
    public void Visual_positions_precede_image_features_and_have_no_target()
    {
        var chosen = Select("pvvppvprr", TokenScope.Visual);
        chosen.Indices.ShouldBe([0, 1, 4]);
        chosen.Targets.ShouldBe([-100, -100, -100]);
    }

    [Fact]
    public void All_is_every_real_token_that_something_real_precedes()
    {
        var chosen = Select(".pvr. pvrr.", TokenScope.All);
        chosen.Indices.ShouldBe([1, 2, 5, 6, 7]);
        chosen.Targets.ShouldAllBe(target => target == -100);
    }

    [Theory]
    [InlineData(TokenScope.Response, new long[] { 3, 7, 8 })]
    [InlineData(TokenScope.Prompt, new long[] { 1, 5 })]
    [InlineData(TokenScope.Visual, new long[] { 2, 6 })]
    [InlineData(TokenScope.All, new long[] { 1, 2, 3, 5, 6, 7, 8 })]
    public void Unshifted_positions_are_those_of_the_tokens_themselves(TokenScope scope, long[] indices)
    {
        var chosen = Select(".pvr. pvrr.", scope, shifted: false);
        chosen.Indices.ShouldBe(indices);
        chosen.Targets.ShouldAllBe(target => target == -100);
    }

    [Fact]
    public void Unshifted_misses_the_first_response_token_and_adds_the_one_after_the_last()
    {
        Select("pprrp", TokenScope.Response).Indices.ShouldBe([1, 2]);
        Select("pprrp", TokenScope.Response, shifted: false).Indices.ShouldBe([2, 3]);
    }

    [Fact]
    public void Padding_counts_where_all_tokens_of_the_reference_are_asked_for() =>
        Select("..pr pvrr", TokenScope.All, shifted: false, includePadding: true).Indices.ShouldBe([0, 1, 2, 3, 4, 5, 6, 7]);

    [Theory]
    [InlineData(TokenScope.All, true)]
    [InlineData(TokenScope.Response, false)]
    public void Padding_counts_nowhere_else(TokenScope scope, bool shifted) =>
        Should.Throw<ArgumentException>(() => Select("pr", scope, shifted, includePadding: true)).Message.ShouldContain(scope.ToString());

    [Fact]
    public void Response_prompt_and_visual_part_what_all_holds()
    {
        const string Rows = "..pvvpprpr pvprrrr... vvvprrppr.";
        TokenScope[] parts = [TokenScope.Response, TokenScope.Prompt, TokenScope.Visual];
        parts.SelectMany(scope => Select(Rows, scope).Indices).Order().ShouldBe(Select(Rows, TokenScope.All).Indices);
    }

    [Fact]
    public void A_target_that_is_no_token_is_an_error() =>
        Should.Throw<ArgumentException>(() => TokenPositions.Select(Kinds("pprr pprr"), [1, 2, 3, 4, 5, 6, -100, 8], 4, TokenScope.Response))
            .Message.ShouldContain("row 1 holds -100 at position 2");

    [Fact]
    public void Sizes_that_disagree_are_an_error()
    {
        Should.Throw<ArgumentException>(() => TokenPositions.Select(Kinds("ppr"), [1, 2, 3], 2, TokenScope.All)).Message.ShouldContain("rows of 2");
        Should.Throw<ArgumentException>(() => TokenPositions.Select(Kinds("ppr"), [1, 2], 3, TokenScope.All)).Message.ShouldContain("2 tokens for 3");
    }
}
