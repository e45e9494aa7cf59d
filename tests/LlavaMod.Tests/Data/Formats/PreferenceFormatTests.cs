using LlavaMod.Data;
using LlavaMod.Data.Formats;

namespace LlavaMod.Tests.Data.Formats;

public class PreferenceFormatTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Pairs_of_conversations_are_read()
    {
        using var data = Read("""
            [{"id": 3, "image": "a.png", "gpt4_scores": [9, 4],
              "chosen": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A lake."}],
              "rejected": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}]}]
            """);
        var pair = data[0];
        pair.Id.ShouldBe("3");
        pair.Images.ShouldBe(["a.png"]);
        pair.Chosen.ShouldBe([new Turn(Role.Human, "<image>\nWhat?"), new Turn(Role.Assistant, "A lake.")]);
        pair.Rejected[1].Text.ShouldBe("A cat.");
    }

    [Fact]
    public void Pairs_of_texts_get_their_images_before_the_question()
    {
        using var data = Read("""{"idx": 8, "image": "a.png", "question": "What?", "chosen": "A lake.", "rejected": "A cat."}""");
        data[0].Id.ShouldBe("8");
        data[0].Chosen.ShouldBe([new Turn(Role.Human, "<image>\nWhat?"), new Turn(Role.Assistant, "A lake.")]);
        data[0].Rejected.ShouldBe([new Turn(Role.Human, "<image>\nWhat?"), new Turn(Role.Assistant, "A cat.")]);
    }

    [Fact]
    public void The_columns_of_RLAIF_V_are_read()
    {
        using var data = Read("""{"ds_name": "RLAIF-V", "idx": 8, "image": null, "image_path": "./a.png", "question": "What?", "chosen": "A lake.", "rejected": "A cat."}""");
        data[0].Images.ShouldBe(["a.png"]);
        data[0].Chosen[0].Text.ShouldBe("<image>\nWhat?");
    }

    [SharedFact("data/llava_format")]
    public void Prompts_without_answers_are_reported_by_id()
    {
        var file = RepositoryFiles.Shared("data/llava_format/rlaifv_detail_prompts_30.jsonl")!;
        using var data = PreferenceFormat.Read(new() { Path = file, MaxErrorShare = 1 }, new TestImages(null));
        data.Usable().ShouldBeEmpty();
        data.Broken.Count.ShouldBe(30);
        data.Broken.First.ShouldAllBe(error => error.Reason == "no chosen" && error.Id!.StartsWith("./examples/"));
    }

    [Theory]
    [InlineData("""{"id": "p"}""", "no chosen")]
    [InlineData("""{"id": "p", "question": "q", "chosen": "a"}""", "no rejected")]
    [InlineData("""{"id": "p", "chosen": "a", "rejected": "b"}""", "chosen is text, and there is no question to it")]
    [InlineData("""{"id": "p", "question": "q", "chosen": "", "rejected": "b"}""", "chosen is empty")]
    [InlineData("""{"id": "p", "question": "q", "chosen": "a", "rejected": 4}""", "rejected is a number; expected a list of turns")]
    [InlineData("""{"id": "p", "question": "<image> q", "chosen": "a", "rejected": "b"}""", "1 <image> placeholder for 0 images")]
    [InlineData("""{"id": "p", "image": "c.png", "question": "q", "chosen": "a", "rejected": "b"}""", "image 'c.png' is missing")]
    [InlineData("""{"id": "p", "chosen": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "a"}], "rejected": [{"from": "human", "value": "y"}, {"from": "gpt", "value": "b"}]}""", "chosen and rejected have different prompts")]
    public void A_broken_pair_is_named_with_its_reason(string row, string reason) =>
        Should.Throw<UserError>(() => Read(row)).Message.ShouldBe($"pairs.json: row 1 (id p): {reason}");

    [Fact]
    public void The_recipe_knows_that_these_are_pairs() =>
        new PreferenceFormat.Options { Path = "x" }.YieldsPairs.ShouldBeTrue();

    [SharedTheory("data")]
    [InlineData("llava_format/preference_pairs.json", 24)]
    [InlineData("emoji/train_preference_made.json", 596)]
    public void Published_pairs_are_read_whole(string name, int atLeast)
    {
        var file = RepositoryFiles.Shared($"data/{name}")!;
        using var data = PreferenceFormat.Read(new() { Path = file }, new TestImages(null));
        data.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        for (var i = 0; i < data.Count; i++)
            data[i].Chosen[^1].Text.ShouldNotBe(data[i].Rejected[^1].Text);
    }

    private FileDataset<PreferencePair> Read(string text)
    {
        var file = Path.Combine(folder.Path, "pairs.json");
        File.WriteAllText(file, text);
        var data = PreferenceFormat.Read(new() { Path = file, OnError = OnError.Fail }, new TestImages("a.png"));
        data.CheckStart();
        return data;
    }
}
