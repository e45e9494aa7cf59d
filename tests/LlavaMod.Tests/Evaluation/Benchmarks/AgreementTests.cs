using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Evaluation;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Recipes;
using LlavaMod.Tests.Generation;
using LlavaMod.Tokenization;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

public sealed class AgreementTests : IDisposable
{
    private const int Questions = 7;

    private static readonly BenchmarkSpec Spec = new()
    {
        Name = "agreement",
        Limit = Questions,
        Options = new Agreement.Options { On = new BenchmarkSpec { Name = "world", Options = new BuiltInWorld.Options { Count = 1 } } },
    };

    private readonly TemporaryFolder folder = new();
    private readonly TensorScope scope = new();
    private readonly VisionFeatures vision = new();

    public void Dispose()
    {
        vision.Dispose();
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_model_agrees_with_itself_in_everything()
    {
        using var model = Model(seed: 5);
        var metrics = Agree(model, model).Score.Figures.Metrics;
        metrics["same_answer"].ShouldBe(1);
        metrics["same_token"].ShouldBe(1);
        metrics["kl"].ShouldBe(0, 1e-6);
    }

    [Fact]
    public void Divergence_is_the_mean_over_the_teachers_tokens_and_their_end()
    {
        using var student = Model(seed: 6);
        using var teacher = Model(seed: 5);

        var result = Agree(student, teacher);

        // Every answer again, alone, its divergences from full softmaxes in double precision.
        var rows = File.ReadLines(folder["out/answers.jsonl"]).Select(line => JsonNode.Parse(line)!).ToList();
        rows.Count.ShouldBe(Questions);
        using var none = new BenchmarkFolder(null);
        double sum = 0;
        int tokens = 0, same = 0;
        foreach (var question in Spec.Create().Questions(none).Take(Questions))
        {
            var row = rows.Single(one => (string)one["question_id"]! == question.Id);
            var expected = Distributions(teacher, question, teacher, out var said);
            var given = Distributions(student, question, teacher, out _);
            double kl = expected.Zip(given, (p, q) => p.Zip(q, (one, other) => one * Math.Log(one / other)).Sum()).Sum();
            ((double)row["kl"]!).ShouldBe(kl, 1e-4 * Math.Max(1, kl));
            ((int)row["tokens"]!).ShouldBe(expected.Length);
            ((string)row["teacher"]!).ShouldBe(said);
            ((string)row["text"]!).ShouldBe(Answer(student, question).Text);
            sum += kl;
            tokens += expected.Length;
            same += expected.Zip(given).Count(pair => pair.First.IndexOf(pair.First.Max()) == pair.Second.IndexOf(pair.Second.Max()));
        }
        var metrics = result.Score.Figures.Metrics;
        metrics["kl"].ShouldBe(sum / tokens, 1e-4 * sum / tokens);
        metrics["same_token"].ShouldBe((double)same / tokens, 1e-12);
        metrics["kl"].ShouldBeGreaterThan(0.01);
        result.Score.Answered.ShouldBe(Questions);
    }

    [Fact]
    public void Models_of_different_vocabularies_are_refused()
    {
        using var one = Model(seed: 5);
        using var other = Model(seed: 5);
        var words = other.Encoding with { Tokenizer = BpeTokenizer.Train(["Other words."], 262, ["<|endoftext|>"]) };
        Should.Throw<UserError>(() => new AgreementRespondent(Answerer(one), new Answerer(other.Model, words, vision)))
            .Message.ShouldContain("student and teacher have different vocabularies");
    }

    private BenchmarkResult Agree(ChatModel student, ChatModel teacher)
    {
        using var none = new BenchmarkFolder(null);
        var run = new BenchmarkRun(Spec, none, folder["out"]);
        var asked = AskedModel.Of(folder[$"{5}"], student.Encoding, Spec);
        run.Ask(new AgreementRespondent(Answerer(student), Answerer(teacher)), asked, student.Model.Config, (_, _) => { }, CancellationToken.None);
        return run.Score(asked, run.Answers);
    }

    // At each token of the teacher's answer and its end: the probabilities of all words.
    private double[][] Distributions(ChatModel model, BenchmarkQuestion question, ChatModel teacher, out string said)
    {
        var answer = Answer(teacher, question);
        said = answer.Text;
        int[] prompt = model.Encoding.Template.EncodePrompt([new Turn(Role.Human, question.Turn)], model.Encoding.Tokenizer);
        int[] words = [.. answer.Tokens, .. answer.Finish == FinishReason.Stop ? (int[])[model.Encoding.Tokenizer.EndOfText] : []];
        int[] ids = [.. prompt, .. words];
        var batch = Splicer.Splice([new EncodedSample("x", ids, ids)], new SpliceOptions { TokensPerImage = model.Model.TokensPerImage });
        var features = vision.Of(model.Model.Tower, [Picture(model, question)], trained: false);
        var hidden = model.Model.Forward(LlavaInput.From(batch, Device.Cpu), features, new RoutingPass());
        var logits = model.Model.Language.Logits(hidden.Narrow(1, batch.Length - words.Length - 1, words.Length)).ToArray<float>();
        return [.. logits.Chunk(logits.Length / words.Length).Select(Softmax)];
    }

    private GeneratedAnswer Answer(ChatModel model, BenchmarkQuestion question) => Answerer(model).Generate(
        [new EvaluationQuestion("x", [new Turn(Role.Human, question.Turn)], _ => [Picture(model, question)], question.MaxNewTokens!.Value)], CancellationToken.None)[0];

    private static PreparedImage Picture(ChatModel model, BenchmarkQuestion question)
    {
        var preprocessor = model.Encoding.Preprocessor!;
        var values = new float[preprocessor.ValueCount];
        preprocessor.Apply(question.Images[0].Read(), "x", values);
        return new PreparedImage($"alone/{question.Images[0].Name}", values);
    }

    private static double[] Softmax(float[] logits)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp(logit))];
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private Answerer Answerer(ChatModel model) => new(model.Model, model.Encoding, vision);

    private ChatModel Model(ulong seed)
    {
        ModelOnDisk.Write(folder[$"{seed}"], seed: seed);
        return ChatModel.Load(folder[$"{seed}"]);
    }
}
