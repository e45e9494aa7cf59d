using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Data.Images;
using LlavaMod.Export;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Tests.Golden;
using LlavaMod.Tests.Models;
using LlavaMod.Tokenization;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Export;

public sealed class ModelExportTests : IDisposable
{
    private const string Embedding = "language_model.model.embed_tokens.weight", Head = "language_model.lm_head.weight";

    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly Tokenizer tokenizer = Tokenizer.Load(Path.Combine(GoldenCases.Fixtures, "qwen2-tokenizer"));

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    private string Exported => folder["exported"];

    // A model of as many rows, with a tokenizer and image preprocessing beside it.
    private Llava Save(int rows, LlavaConfig? config = null)
    {
        config ??= TinyModels.Config(tied: false);
        var model = TinyModels.Build(3, config with { Language = config.Language with { VocabSize = rows } });
        ModelFolder.Save(model, folder["model"]);
        var pictures = new ImagePreprocessor { Size = TinyModels.Side, PadToSquare = true };
        EncodingFiles.Save(new SampleEncoding(tokenizer, new TemplateSpec(), pictures), folder["model"], withImages: true);
        return model;
    }

    private ExportReport Export(string target = "hf-llava", ExportOptions? options = null) =>
        ModelExport.Write(folder["model"], Exported, Catalog<ExportTarget>.Create(target), options ?? new());

    private JsonObject Json(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Exported, name)))!.AsObject();

    [Fact]
    public void The_image_token_is_the_first_row_that_the_tokenizer_leaves_over()
    {
        using var model = Save(tokenizer.VocabSize + 5);
        Export().Notes.ShouldContain($"`<image>` is token {tokenizer.VocabSize}, a row of the embedding that the tokenizer leaves over.");
        ((int)Json("config.json")["image_token_index"]!).ShouldBe(tokenizer.VocabSize);
        using var stored = StoredTensors.Open(Exported);
        TensorHash.Sha256(stored.Load(Embedding)).ShouldBe(TensorHash.Sha256(model.Parameters["model.embed_tokens.weight"].Value));
    }

    [Fact]
    public void Where_no_row_is_left_rows_are_added_and_said_to_be()
    {
        int words = tokenizer.VocabSize, rows = (words / 64 + 1) * 64;
        using var model = Save(words);
        var report = Export();
        report.Notes.ShouldContain(note => note.Contains($"{rows - words} rows were added to its {words}"));
        report.Size.Total.ShouldBe(ModelSize.Of(model).Total + 2 * (rows - words) * model.Config.Language.HiddenSize);
        using var stored = StoredTensors.Open(Exported);
        foreach (var (theirs, ours) in (ReadOnlySpan<(string, string)>)[(Embedding, "model.embed_tokens.weight"), (Head, "lm_head.weight")])
        {
            var (now, before) = (stored.Load(theirs), model.Parameters[ours].Value);
            now.Size(0).ShouldBe(rows);
            TensorHash.Sha256(now.Narrow(0, 0, words)).ShouldBe(TensorHash.Sha256(before));
            TensorHash.Sha256(now.Select(0, rows - 1)).ShouldBe(TensorHash.Sha256(before.Mean(0)));
        }
        var text = Json("config.json")["text_config"]!;
        ((int)text["vocab_size"]!).ShouldBe(rows);
    }

    [Fact]
    public void The_tokenizer_knows_the_image_token_and_everything_else_as_before()
    {
        Save(tokenizer.VocabSize + 5).Dispose();
        Export();
        var exported = Tokenizer.Load(Exported);
        exported.IdOf("<image>").ShouldBe(tokenizer.VocabSize);
        exported.Encode("a <image> b").ShouldContain(tokenizer.VocabSize);
        exported.Encode("What is shown in the image?").ShouldBe(tokenizer.Encode("What is shown in the image?"));
        var decoder = Json("tokenizer_config.json")["added_tokens_decoder"]![$"{tokenizer.VocabSize}"]!;
        ((string)decoder["content"]!).ShouldBe("<image>");
        ((bool)decoder["special"]!).ShouldBeTrue();
    }

    [Fact]
    public void A_model_that_has_been_exported_is_exported_again_unchanged()
    {
        Save(tokenizer.VocabSize + 5).Dispose();
        Export();
        ModelExport.Write(Exported, folder["again"], Catalog<ExportTarget>.Create("hf-llava"), new());
        foreach (string file in (string[])["config.json", "model.safetensors", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json", "generation_config.json"])
            File.ReadAllBytes(Path.Combine(folder["again"], file)).ShouldBe(File.ReadAllBytes(Path.Combine(Exported, file)), file);
    }

    [Fact]
    public void Processor_and_generation_are_described_as_transformers_does()
    {
        Save(tokenizer.VocabSize + 5).Dispose();
        Export().Notes.ShouldContain(note => note.Contains("padded to squares"));
        var processor = Json("processor_config.json");
        ((string)processor["processor_class"]!).ShouldBe("LlavaProcessor");
        ((string)processor["vision_feature_select_strategy"]!).ShouldBe("default");
        ((int)processor["num_additional_image_tokens"]!).ShouldBe(1);
        ((string)Json("preprocessor_config.json")["image_processor_type"]!).ShouldBe("CLIPImageProcessor");
        ((int)Json("generation_config.json")["eos_token_id"]!).ShouldBe(tokenizer.EndOfText);
        string template = (string)Json("chat_template.json")["chat_template"]!;
        template.ShouldContain("USER: ");
        ((string)Json("tokenizer_config.json")["chat_template"]!).ShouldBe(template);
    }

    [Theory]
    [InlineData(null, DType.Float32)]
    [InlineData(DType.BFloat16, DType.BFloat16)]
    [InlineData(DType.Float16, DType.Float16)]
    public void Real_numbers_are_written_in_the_wanted_type_and_the_configuration_says_so(DType? wanted, DType written)
    {
        Save(tokenizer.VocabSize + 5).Dispose();
        Export(options: new ExportOptions { DType = wanted }).DType.ShouldBe(written);
        using var stored = StoredTensors.Open(Exported);
        stored.Names.ShouldAllBe(name => stored[name].DType == written);
        ((string)Json("config.json")["torch_dtype"]!).ShouldBe(written.ToString().ToLowerInvariant());
    }

    [Fact]
    public void A_model_of_half_precision_stays_one()
    {
        using var model = Save(tokenizer.VocabSize + 5);
        SafetensorsShards.Write(folder["model"], model.AllParameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value)), floats: DType.Float16);
        Export().DType.ShouldBe(DType.Float16);
        using StoredTensors before = StoredTensors.Open(folder["model"]), after = StoredTensors.Open(Exported);
        TensorHash.Sha256(after.Load(Embedding)).ShouldBe(TensorHash.Sha256(before.Load("model.embed_tokens.weight")));
    }

    [Fact]
    public void The_tokenizers_own_chat_template_goes_before_one_that_is_assumed()
    {
        Save(tokenizer.VocabSize + 5).Dispose();
        File.Delete(folder["model/llavamod.json"]);
        var config = JsonNode.Parse(File.ReadAllText(folder["model/tokenizer_config.json"]))!.AsObject();
        config["chat_template"] = "{{ messages }}";
        folder.Write("model/tokenizer_config.json", config.ToJsonString());
        Export().Notes.ShouldContain(note => note.StartsWith("Assumed: ") && note.Contains("has no llavamod.json"));
        ((string)Json("tokenizer_config.json")["chat_template"]!).ShouldBe("{{ messages }}");
        ((string)Json("chat_template.json")["chat_template"]!).ShouldBe("{{ messages }}");
    }

    [Fact]
    public void Numbers_that_half_precision_cannot_hold_are_refused()
    {
        using var model = Save(tokenizer.VocabSize + 5);
        model.Parameters["model.norm.weight"].Value.Fill_(70_000);
        ModelFolder.Save(model, folder["model"]);
        Should.Throw<UserError>(() => Export(options: new ExportOptions { DType = DType.Float16 })).Message
            .ShouldBe("model.norm.weight holds 70000, and fp16 ends at 65504; give --dtype bf16 or fp32");
        Directory.Exists(Exported).ShouldBeFalse();
    }

    [Fact]
    public void A_connector_that_transformers_lacks_is_refused_before_anything_is_written()
    {
        Save(tokenizer.VocabSize, TinyModels.Config() with { Connector = "linear" }).Dispose();
        Should.Throw<UserError>(() => Export()).Message.ShouldContain("mlp2x_gelu");
        Directory.Exists(Exported).ShouldBeFalse();
    }

    // Jinja2 renders these as ChatTemplate.Render does: checked with jinja2 3.1.2.
    [Theory]
    [InlineData("chatml", "{{ '<|im_start|>' + message['role'] + '\\n' + text(message['content']) + '<|im_end|>\\n' }}")]
    [InlineData("qwen", "USER: {{ text(message['content']) }} {% else %}ASSISTANT: {{ text(message['content']) }}{{ '<|endoftext|>' }}{% endif %}")]
    [InlineData("llama", "{{ ' ' + text(message['content']) + ' </s>' }}")]
    public void Chat_templates_have_a_form_that_transformers_reads(string template, string part) =>
        Catalog<ChatTemplate>.Create(template).ToJinja(tokenizer).ShouldNotBeNull().ShouldContain(part);

    [Fact]
    public void The_pictures_of_a_tower_in_a_folder_of_its_own_are_prepared_as_that_says()
    {
        var config = TinyModels.Config(tied: false);
        using (var model = Save(tokenizer.VocabSize + 5))
        {
            SafetensorsWriter.Write(folder["model/model.safetensors"],
                [.. model.Parameters.Parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))]);
            var json = ConfigFile.Read(folder["model/config.json"]).Json;
            folder.Write("clip/config.json", json["vision_config"]!.ToJsonString());
            json.Remove("vision_config");
            json["mm_vision_tower"] = "clip";
            folder.Write("model/config.json", json.ToJsonString());
            SafetensorsWriter.Write(folder["clip/model.safetensors"],
                [.. model.Tower!.Store.Parameters.Select(parameter => KeyValuePair.Create(parameter.Name[CheckpointNames.Tower.Length..], parameter.Value))]);
        }
        File.Move(folder["model/preprocessor_config.json"], folder["clip/preprocessor_config.json"]);
        Export();
        ((int)Json("preprocessor_config.json")["crop_size"]!["height"]!).ShouldBe(config.Vision!.ImageSize);
        using var stored = StoredTensors.Open(Exported);
        stored.Names.ShouldContain("vision_tower.vision_model.post_layernorm.weight");
    }

    [Fact]
    public void The_card_of_a_model_without_a_run_says_that_it_has_none()
    {
        Save(tokenizer.VocabSize + 5).Dispose();
        Export();
        string card = File.ReadAllText(Path.Combine(Exported, ModelExport.CardFile));
        card.ShouldContain("not part of a run");
        card.ShouldContain("LlavaForConditionalGeneration.from_pretrained");
    }
}
