using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Golden;

/// <summary>What the comparisons of whole models with golden tensors share.</summary>
internal static class GoldenModels
{
    private const string VisionConfigFile = "vision_config.json";

    /// <summary>A stored tensor, or null where the case has none of this name.</summary>
    public static Tensor? Find(this GoldenTensors golden, string name) => golden.Contains(name) ? golden[name] : null;

    /// <summary>Opens a model of a case, such as "student" of student_config.json and student.safetensors; the tower's configuration lies beside it.</summary>
    public static Llava OpenModel(this GoldenCase found, string? prefix = null)
    {
        string config = prefix is null ? ModelFolder.ConfigFile : $"{prefix}_config.json";
        string weights = prefix is null ? ModelFolder.WeightsFile : $"{prefix}.safetensors";
        string vision = found.File(VisionConfigFile);
        return ModelFolder.Load(ModelConfigFile.Read(found.File(config), File.Exists(vision) ? vision : null), found.File(weights));
    }

    /// <summary>What LLaVA-MoD multiplies the sum of its balance losses by.</summary>
    public static double BalanceWeight(this GoldenCase found, string config = ModelFolder.ConfigFile) =>
        found.Json(config).GetProperty("moe").GetProperty("router_aux_loss_coef").GetDouble();

    /// <summary>Compares every stored gradient whose name starts so with that of the parameter whose name follows.</summary>
    public static void ShouldMatchGradients(this GoldenTensors golden, string prefix, Llava model)
    {
        var parameters = model.AllParameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        foreach (string name in golden.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var gradient = parameters[new LlavaModLayout().ToOurs(name[prefix.Length..])].Grad() ?? throw new ShouldAssertException($"{name}: there is no gradient");
            golden.ShouldMatch(name, gradient);
        }
    }

    /// <summary>Answers prompts greedily, and compares their tokens (behind the given ids) and, where they are stored, the logits of every step.</summary>
    public static void ShouldMatchGeneration(this GoldenTensors golden, string prefix, Tensor ids, GoldenBatch prompts, Llava model, TensorScope scope)
    {
        using var vision = new VisionFeatures();
        var scores = new List<Tensor>();
        int count = (int)(golden[$"{prefix}tokens"].Size(1) - ids.Size(1));
        var options = new GenerationOptions { MaxNewTokens = count };
        var generator = new Generator(model, vision) { OnLogits = logits => scores.Add(scope.Keep(logits)) };
        GenerationRequest[] requests = [.. prompts.Samples.Select((sample, row) => new GenerationRequest(new Prompt(sample, prompts.ImagesOf(row)), options))];
        var answers = generator.Generate(requests);
        var tokens = answers.Select(answer => Tensor.From([.. answer.Tokens.Select(token => (long)token)], answer.Tokens.Count)).ToArray();
        golden.ShouldMatch($"{prefix}tokens", Shaping.Cat([ids, Shaping.Stack(tokens)], 1));
        if (golden.Contains($"{prefix}scores")) golden.ShouldMatch($"{prefix}scores", Shaping.Stack([.. scores], 1));
        ShouldNotDependOnCompany(answers, requests, new Generator(model, vision));
    }

    // The same tokens for each prompt alone, and for all of them beside a shorter and a longer one of words alone.
    private static void ShouldNotDependOnCompany(IReadOnlyList<GeneratedAnswer> answers, GenerationRequest[] requests, Generator generator)
    {
        int[] words = [.. requests[0].Prompt.Sequence.InputIds.Where(id => id != Splicer.ImageId)];
        var others = new[] { words[..1], [.. words, .. words, .. words] }.Select(ids => requests[0] with { Prompt = new Prompt(new EncodedSample("other", ids, ids), []) });
        var together = generator.Generate([.. requests, .. others]);
        for (int row = 0; row < requests.Length; row++)
        {
            generator.Generate([requests[row]])[0].Tokens.ShouldBe(answers[row].Tokens);
            together[row].Tokens.ShouldBe(answers[row].Tokens);
        }
    }
}
