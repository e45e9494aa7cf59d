using System.Text.Json;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>llavamod generate.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class GenerateTests : IDisposable
{
    private const string Question = "Describe the image.";

    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-generate-").FullName;
    private readonly string model;
    private readonly string[] pictures;

    public GenerateTests(TinyRun run)
    {
        model = run.Model("preference");
        Cli.Run("world", "--out", In("world"), "--count", "4").Code.ShouldBe(0);
        pictures = [.. Directory.GetFiles(In("world/images"), "*.png").Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Standard_output_is_the_answer_and_nothing_else()
    {
        var outcome = Generate("--image", pictures[0], "--prompt", Question, "--max-new-tokens", "8");
        outcome.ShouldBe(new Outcome(0, Answer(Question, 8, pictures[0]) + "\n", ""));
    }

    [Fact]
    public void A_prompt_may_come_from_standard_input()
    {
        var outcome = Cli.Type(Question + "\n", "generate", model, "--image", pictures[0], "--prompt", "-", "--max-new-tokens", "8");
        outcome.Output.ShouldBe(Answer(Question, 8, pictures[0]) + "\n", outcome.Error);
    }

    [Fact]
    public void Several_pictures_come_in_the_order_given_or_where_the_prompt_says()
    {
        string apart = Generate("--image", pictures[0], pictures[1], "--prompt", "<image> or <image>?", "--max-new-tokens", "4", "--json").Output;
        string before = Generate("--image", pictures[0], "--image", pictures[1], "--prompt", " or ?", "--max-new-tokens", "4", "--json").Output;
        Parse(apart).GetProperty("usage").GetProperty("prompt_tokens").GetInt32().ShouldBeGreaterThan(8);
        Parse(before).GetProperty("finish_reason").GetString().ShouldBe("length");
    }

    [Fact]
    public void Json_says_what_was_generated_how_and_why_it_ended()
    {
        var json = Parse(Generate("--image", pictures[0], "--prompt", Question, "--max-new-tokens", "6", "--json", "--logprobs", "2").Output);
        json.GetProperty("text").GetString().ShouldBe(Answer(Question, 6, pictures[0]));
        json.GetProperty("finish_reason").GetString().ShouldBe("length");
        json.GetProperty("usage").GetProperty("completion_tokens").GetInt32().ShouldBe(6);
        json.GetProperty("timing").GetProperty("prefill_seconds").GetDouble().ShouldBeGreaterThan(0);
        json.GetProperty("options").GetProperty("max_new_tokens").GetInt32().ShouldBe(6);
        var tokens = json.GetProperty("logprobs").EnumerateArray().ToList();
        tokens.Count.ShouldBe(6);
        foreach (var token in tokens)
        {
            token.GetProperty("top").GetArrayLength().ShouldBe(2);
            token.GetProperty("top")[0].GetProperty("id").GetInt32().ShouldBe(token.GetProperty("id").GetInt32()); // greedy
            token.GetProperty("logprob").GetDouble().ShouldBeLessThan(0);
        }
        string.Concat(tokens.Select(token => token.GetProperty("token").GetString())).Trim().ShouldBe(json.GetProperty("text").GetString());
    }

    [Fact]
    public void A_drawn_answer_can_be_had_again_with_the_seed_that_it_says()
    {
        string[] drawn = ["--prompt", Question, "--temperature", "1.5", "--max-new-tokens", "30", "--json"];
        var first = Parse(Generate(drawn).Output);
        string seed = first.GetProperty("options").GetProperty("seed").GetRawText();
        Parse(Generate([.. drawn, "--seed", seed]).Output).GetProperty("text").GetString().ShouldBe(first.GetProperty("text").GetString());
        Parse(Generate([.. drawn, "--seed", "1"]).Output).GetProperty("text").GetString().ShouldNotBe(Parse(Generate([.. drawn, "--seed", "2"]).Output).GetProperty("text").GetString());
    }

    [Fact]
    public void A_file_of_prompts_gets_its_answers_in_order()
    {
        // More than fit into one batch, of several lengths, with and without pictures.
        var rows = Enumerable.Range(0, 20).Select(i => (Id: $"q{19 - i}", Picture: i % 3 == 0 ? null : pictures[i % pictures.Length], Prompt: string.Concat(Enumerable.Repeat("Is it red? ", 1 + i % 4)))).ToList();
        Write("prompts.jsonl", string.Join('\n', rows.Select(row => JsonSerializer.Serialize(new { id = row.Id, image = row.Picture is null ? null : Path.GetFileName(row.Picture), prompt = row.Prompt }))));
        var outcome = Generate("--prompts", In("prompts.jsonl"), "--images", In("world/images"), "--max-new-tokens", "4", "--logprobs", "0");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Error.ShouldBeEmpty();
        var answers = outcome.Output.TrimEnd().Split('\n').Select(Parse).ToList();
        answers.Select(answer => answer.GetProperty("id").GetString()).ShouldBe(rows.Select(row => row.Id));
        foreach (int i in (int[])[0, 1, 2, 4, 10, 18]) Compare(rows[i].Picture, i);
        answers.Where((_, i) => rows[i].Prompt == rows[1].Prompt && rows[i].Picture is not null).Select(FirstLogProbability).Distinct().Count().ShouldBeGreaterThan(1);

        // Each looks at its own picture.
        void Compare(string? shown, int i)
        {
            var alone = Parse(Generate(["--prompt", rows[i].Prompt, "--max-new-tokens", "4", "--json", "--logprobs", "0", .. shown is null ? Array.Empty<string>() : ["--image", shown]]).Output);
            answers[i].GetProperty("text").GetString().ShouldBe(alone.GetProperty("text").GetString(), rows[i].Id);
            FirstLogProbability(answers[i]).ShouldBe(FirstLogProbability(alone), 1e-6, rows[i].Id);
        }
    }

    [Fact]
    public void Stopped_by_Ctrl_C_it_leaves_what_has_come()
    {
        var (code, output) = Stopped("c", "--image", pictures[0], "--prompt", Question, "--max-new-tokens", "200");
        code.ShouldBe(ExitCode.Cancelled);
        output.ShouldEndWith("\n");
        Answer(Question, 200, pictures[0]).ShouldStartWith(output.TrimEnd());
        output.Length.ShouldBeLessThan(200);
    }

    [Theory]
    [InlineData("give --prompt TEXT or --prompts FILE")]
    [InlineData("give --prompt TEXT or --prompts FILE", "--prompt", "x", "--prompts", "y")]
    [InlineData("the prompt is empty", "--prompt", " ")]
    [InlineData("the prompt is empty", "--prompt", "-")]
    [InlineData("--images belongs to --prompts", "--prompt", "x", "--images", "y")]
    [InlineData("--image belongs to --prompt", "--prompts", "x", "--image", "y")]
    [InlineData("--logprobs needs --json", "--prompt", "x", "--logprobs", "1")]
    [InlineData("options: temperature -1 must be", "--prompt", "x", "--temperature", "-1")]
    [InlineData("options: top-p 0 must be", "--prompt", "x", "--top-p", "0")]
    [InlineData("--top-k is a whole number, not 'many'", "--prompt", "x", "--top-k", "many")]
    [InlineData("options: 99 log-probabilities", "--prompt", "x", "--json", "--logprobs", "99")]
    [InlineData("nothing.png does not exist", "--prompt", "x", "--image", "nothing.png")]
    [InlineData("nothing.jsonl: no such file", "--prompts", "nothing.jsonl")]
    [InlineData("the prompt has 0 pictures and says <image> 1 times", "--prompt", "What is <image>?")]
    [InlineData("unknown option '--temprature'; did you mean '--temperature'?", "--prompt", "x", "--temprature", "1")]
    public void What_is_wrong_is_said_in_one_line(string complaint, params string[] args) => Refused(Generate(args), complaint);

    [Theory]
    [InlineData("""{"id": 1, "prompt": "a"}""" + "\n" + """{"id": "1", "prompt": "b"}""", "row 2 is another '1'")]
    [InlineData("""{"id": 1}""", "row 1 has no prompt")]
    [InlineData("""{"prompt": "a"}""", "row 1 has no id")]
    [InlineData("""{"id": 1, "prompt": ""}""", "row 1 has an empty prompt")]
    [InlineData("""{"id": 1, "prompt": " \n"}""", "row 1 has an empty prompt")]
    [InlineData("""{"id": 1, "prompt": "a", "image": "../secret.png"}""", "secret.png")]
    [InlineData("""{"id": 1, "prompt": "a", "image": "none.png"}""", "row 1 names the picture 'none.png', which is not there")]
    [InlineData("""{"id": 1, "prompt": "a", "image": "a", "images": ["b"]}""", "row 1 has image and images")]
    [InlineData("""{"id": 1, "prompt": "a", "images": [1]}""", "row 1 has no list of texts named images")]
    [InlineData("""{"id": 1, "prompt": "<image> a"}""", "prompt '1' has 0 pictures and says <image> 1 times")]
    [InlineData("{", "line 1 is not JSON")]
    [InlineData("", "holds no prompt")]
    public void A_wrong_file_of_prompts_is_refused_with_its_row(string text, string complaint)
    {
        Write("prompts.jsonl", text);
        Refused(Generate("--prompts", In("prompts.jsonl"), "--images", In("world/images")), complaint);
    }

    [Fact]
    public void A_prompt_longer_than_what_the_model_reads_is_refused() =>
        Refused(Generate("--prompt", string.Concat(Enumerable.Repeat("red blue ", 300))), "the model reads 256 in all");

    [Fact]
    public void A_run_is_no_model() => Refused(Cli.Run("generate", Path.GetDirectoryName(Path.GetDirectoryName(model))!, "--prompt", "x"), "is a run; ask one of its models");

    [Fact]
    public void Escape_sequences_of_a_name_do_not_reach_the_terminal()
    {
        var outcome = Generate("--prompt", "x", "--image", "\u001b[31mred.png");
        outcome.Error.ShouldNotContain("\u001b");
        outcome.Error.ShouldContain("\\u001B[31mred.png does not exist");
    }

    private string In(string name) => Path.Combine(folder, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);

    private Outcome Generate(params string[] args) => Cli.Run(["generate", model, .. args]);

    private (int Code, string Output) Stopped(string cue, params string[] args)
    {
        using var interrupt = new Interrupt();
        using var output = new PressedKey(interrupt, cue);
        int code = CommandLine.Run(["generate", model, .. args], new Terminal(Terminal.Plain(output), TextWriter.Null, interrupt.Token) { Interrupt = interrupt });
        return (code, output.ToString());
    }

    private string Answer(string question, int tokens, params string[] images)
    {
        using var chat = ChatModel.Load(model, ModelFolder.StoredType(model));
        var shown = images.Select(path => ImageDecoder.Decode(File.ReadAllBytes(path), path)).ToList();
        string asked = string.Concat(Enumerable.Repeat("<image>\n", shown.Count)) + question;
        return chat.Answer(new Conversation([new Turn(Role.Human, asked)], shown), new GenerationOptions { MaxNewTokens = tokens }).Text;
    }

    private static double FirstLogProbability(JsonElement answer) => answer.GetProperty("logprobs")[0].GetProperty("logprob").GetDouble();

    private static JsonElement Parse(string json) => JsonElement.Parse(json);

    private static void Refused(Outcome outcome, string complaint)
    {
        outcome.Code.ShouldBe(ExitCode.UserError, outcome.Output);
        outcome.Error.ShouldContain(complaint);
        outcome.Error.ShouldHaveLines(1);
        outcome.Output.ShouldBeEmpty();
    }
}
