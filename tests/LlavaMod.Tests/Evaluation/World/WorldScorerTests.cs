using LlavaMod.Data.World;
using LlavaMod.Evaluation.World;

namespace LlavaMod.Tests.Evaluation.World;

public class WorldScorerTests
{
    private readonly WorldBenchmark benchmark = new(count: 40, seed: 12);

    [Fact]
    public void True_answers_score_everything_and_hallucinate_nothing()
    {
        var scores = Score(item => item.Reference);
        (scores.Accuracy, scores.CompositionAccuracy, scores.PopeF1, scores.ChairS, scores.ChairI).ShouldBe((1, 1, 1, 0, 0));
        scores.Questions.Count.ShouldBe(5);
        scores.Questions.Values.ShouldAllBe(kind => kind.Accuracy == 1 && kind.Count == 40 && kind.Unparsed == 0);
        scores.Pope.Values.ShouldAllBe(setting => setting == new PopeScores(80, 1, 1, 1, 1, 0.5, 0));
        scores.PopeMean.Count.ShouldBe(240);
        scores.Captions.ShouldBe(new CaptionScores(40, 0, 0, 1, scores.Captions.Mentions, 0));
    }

    [Fact]
    public void Answering_yes_to_everything_is_chance_and_silence_is_unparsed()
    {
        var yes = Score(_ => "Yes.");
        yes.Pope[PopeSetting.Popular].ShouldBe(new PopeScores(80, 0.5, 0.5, 1, 2 / 3.0, 1, 0));
        yes.Questions[QuestionKind.Relation].ShouldBe(new AnswerScores(40, 0.5, 0));
        yes.Questions[QuestionKind.Colour].ShouldBe(new AnswerScores(40, 0, 40));
        yes.Accuracy.ShouldBe(0.2); // two of five kinds by half
        yes.Captions.ShouldBe(new CaptionScores(40, 0, 0, 0, 0, 40));

        var silent = Score(_ => "");
        silent.PopeMean.ShouldBe(new PopeScores(240, 0, 0, 0, 0, 0, 240));
        silent.Accuracy.ShouldBe(0);
    }

    [Fact]
    public void Wrong_answers_of_one_part_leave_the_others_alone()
    {
        var scores = Score(item => item.Part == WorldPart.Composition ? "no idea at all" : item.Reference);
        (scores.Accuracy, scores.PopeF1).ShouldBe((1, 1));
        scores.CompositionAccuracy.ShouldBe(0.25); // "no" is right for half of existence and of relation, a quarter of the questions each
    }

    [Fact]
    public void Scores_survive_json()
    {
        var scores = Score(item => item.Part == WorldPart.Pope ? "no" : item.Reference);
        var json = scores.ToJson();
        json.ShouldContain("\"composition_accuracy\": 1");
        json.ShouldContain("\"adversarial\"");
        json.ShouldContain("\"yes_ratio\"");
        WorldScores.FromJson(json).ToJson().ShouldBe(json);
        Should.Throw<UserError>(() => WorldScores.FromJson("{\"accuracy\": 1"));
    }

    [Fact]
    public void Missing_unknown_and_duplicate_ids_are_counted_and_named_at_once()
    {
        var answers = benchmark.Items.Skip(5).Select(item => KeyValuePair.Create(item.Id, item.Reference)).ToList();
        answers.Add(KeyValuePair.Create("caption-000039", "again"));
        answers.Add(KeyValuePair.Create("caption-000040", "who asked"));
        var message = Should.Throw<UserError>(() => WorldScorer.Score(benchmark, answers)).Message;
        message.ShouldContain("5 missing (question-existence-000000, question-existence-000001, question-existence-000002, ...)");
        message.ShouldContain("1 unknown (caption-000040)");
        message.ShouldContain("1 duplicate (caption-000039)");
        message.ShouldContain($"{benchmark.Items.Count} items");
    }

    private WorldScores Score(Func<WorldItem, string> answer) =>
        WorldScorer.Score(benchmark, benchmark.Items.Select(item => KeyValuePair.Create(item.Id, answer(item))));
}
