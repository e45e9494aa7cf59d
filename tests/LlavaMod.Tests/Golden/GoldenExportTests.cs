using System.Text.Json;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Export;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;
using LlavaMod.Training;

namespace LlavaMod.Tests.Golden;

/// <summary>Kinds llava-qwen2 and llava-qwen2-moe, exported and read back: the public implementation's logits come out still.</summary>
public sealed class GoldenExportTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    private string Exported => folder["exported"];

    [GoldenTheory("llava-qwen2")]
    [MemberData(nameof(GoldenCases.OfKind), "llava-qwen2", MemberType = typeof(GoldenCases))]
    public void An_export_to_transformers_gives_the_same_logits(string name)
    {
        var found = GoldenCases.Open(name);
        Export(found, "hf-llava", mostShardBytes: 100_000);
        Directory.GetFiles(Exported, "model-*.safetensors").Length.ShouldBeGreaterThan(1);
        ShouldGiveTheSameLogits(found);
    }

    [GoldenTheory("llava-qwen2")]
    [MemberData(nameof(GoldenCases.OfKind), "llava-qwen2", MemberType = typeof(GoldenCases))]
    public void An_export_to_transformers_has_its_names_and_its_configuration(string name)
    {
        Export(GoldenCases.Open(name), "hf-llava");
        using var original = GoldenCases.Open(name).OpenModel();
        using var stored = StoredTensors.Open(Exported);
        stored.Names.ShouldBe(TransformersNames(original.Config), ignoreOrder: true);

        var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(Exported, ModelFolder.ConfigFile))).RootElement;
        config.GetProperty("model_type").GetString().ShouldBe("llava");
        config.GetProperty("architectures")[0].GetString().ShouldBe("LlavaForConditionalGeneration");
        long rows = config.GetProperty("text_config").GetProperty("vocab_size").GetInt64();
        config.GetProperty("image_token_index").GetInt64().ShouldBeInRange(original.Config.Language.VocabSize, rows - 1);
        stored.ShapeOf("language_model.model.embed_tokens.weight")[0].ShouldBe(rows);
    }

    [GoldenTheory("llava-qwen2-moe")]
    [MemberData(nameof(GoldenCases.OfKind), "llava-qwen2-moe", MemberType = typeof(GoldenCases))]
    public void An_export_to_LLaVA_MoD_gives_its_names_and_bytes_back_and_the_same_logits(string name)
    {
        var found = GoldenCases.Open(name);
        Export(found, "llava-mod");
        using (StoredTensors expected = StoredTensors.Open(found.File(ModelFolder.WeightsFile)), stored = StoredTensors.Open(Exported))
        {
            stored.Names.ShouldBe(expected.Names, ignoreOrder: true);
            foreach (string tensor in expected.Names) TensorHash.Sha256(stored.Load(tensor)).ShouldBe(TensorHash.Sha256(expected.Load(tensor)), tensor);
        }
        ShouldGiveTheSameLogits(found);
    }

    [GoldenTheory("llava-qwen2-moe")]
    [MemberData(nameof(GoldenCases.OfKind), "llava-qwen2-moe", MemberType = typeof(GoldenCases))]
    public void A_sparse_model_does_not_go_to_transformers(string name)
    {
        Should.Throw<UserError>(() => Export(GoldenCases.Open(name), "hf-llava")).Message.ShouldContain("has no experts");
        Directory.Exists(Exported).ShouldBeFalse();
    }

    private void Export(GoldenCase found, string target, long mostShardBytes = long.MaxValue) =>
        ModelExport.Write(found.Folder, Exported, Catalog<ExportTarget>.Create(target), new ExportOptions { MostShardBytes = mostShardBytes });

    private void ShouldGiveTheSameLogits(GoldenCase found)
    {
        using var golden = GoldenTensors.Open(found.Folder);
        using var vision = new VisionFeatures();
        using var model = ModelFolder.Load(Exported);
        var variants = found.Variants.Where(variant => golden.Contains($"out.{variant}.logits")).ToList();
        variants.ShouldNotBeEmpty();
        foreach (string variant in variants)
        {
            string input = $"in.{GoldenLlavaTests.InputOf(golden, variant)}.";
            var batch = GoldenBatch.Read(golden, input, $"{input}images");
            var spliced = GoldenLlavaTests.Spliced(found, model, variant, batch);
            var features = vision.Of(model.Tower, batch.Images, trained: false);
            var logits = model.Language.Logits(model.Forward(LlavaInput.From(spliced, Device.Cpu), features, GoldenLlavaTests.Routing(golden, variant)));
            var mask = Tensor.From(Array.ConvertAll(spliced.Kinds, kind => kind != TokenKind.Padding), spliced.Rows, spliced.Length);
            golden.ShouldMatch($"out.{variant}.logits", logits.Narrow(-1, 0, golden[$"out.{variant}.logits"].Size(-1)), mask);
        }
    }

    // As transformers 4.37 names the parameters of LlavaForConditionalGeneration with CLIPVisionModel and Qwen2ForCausalLM.
    private static IEnumerable<string> TransformersNames(LlavaConfig config)
    {
        const string Vision = "vision_tower.vision_model.", Language = "language_model.model.";
        var names = new List<string> { $"{Vision}embeddings.class_embedding", $"{Vision}embeddings.patch_embedding.weight", $"{Vision}embeddings.position_embedding.weight" };
        names.AddRange(Both(Vision, "pre_layrnorm", "post_layernorm"));
        for (int i = 0; i < config.Vision!.NumHiddenLayers; i++)
        {
            names.AddRange(Both(
                $"{Vision}encoder.layers.{i}.", "layer_norm1", "layer_norm2", "mlp.fc1", "mlp.fc2",
                "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"));
        }
        names.AddRange(Both("multi_modal_projector.", "linear_1", "linear_2"));
        names.AddRange([$"{Language}embed_tokens.weight", $"{Language}norm.weight"]);
        for (int i = 0; i < config.Language.NumHiddenLayers; i++)
        {
            string layer = $"{Language}layers.{i}.";
            names.AddRange(Both(layer, "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"));
            foreach (string matrix in (string[])["self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm"])
                names.Add($"{layer}{matrix}.weight");
        }
        if (!config.Language.TieWordEmbeddings) names.Add("language_model.lm_head.weight");
        return names;
    }

    private static IEnumerable<string> Both(string start, params string[] layers) => layers.SelectMany(layer => (string[])[$"{start}{layer}.weight", $"{start}{layer}.bias"]);
}
