using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Stages;

public sealed class EncodingFilesTests : IDisposable
{
    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(["a red circle left of a blue square"], 270, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);
    private static readonly Turn[] Turns = [new(Role.Human, "<image>\nWhat is left?"), new(Role.Assistant, "a red circle")];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Templates => [.. Catalog<ChatTemplate>.Entries.Select(entry => entry.Name)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_saved_encoding_encodes_as_before(string template)
    {
        var saved = new SampleEncoding(Tokenizer, new TemplateSpec { Name = template, Options = Catalog<ChatTemplate>.Find(template).OptionsType is { } type ? RecordShape.Of(type).CreateDefault() : null },
            new ImagePreprocessor { Size = 4, PadToSquare = true, Mean = new(0.5, 0.25, 0.125) });
        EncodingFiles.Save(saved, folder.Path, withImages: true);
        var read = EncodingFiles.Load(folder.Path, message => throw new InvalidOperationException(message));
        read.Encode("x", Turns).InputIds.ShouldBe(saved.Encode("x", Turns).InputIds);
        read.TemplateSpec.ShouldBe(saved.TemplateSpec);
        var picture = new RgbImage(3, 2, [.. Enumerable.Range(0, 18).Select(value => (byte)(value * 13))]);
        read.Preprocessor!.Apply(picture).ShouldBe(saved.Preprocessor!.Apply(picture));
        read.Preprocessor.PadToSquare.ShouldBeTrue();
    }

    [Fact]
    public void A_models_own_system_text_is_kept()
    {
        var options = (object)new QwenTemplate.Options { System = "Zeig her \u00e4, \"so\"" };
        EncodingFiles.Save(new SampleEncoding(Tokenizer, new TemplateSpec { Options = options }, null), folder.Path, withImages: false);
        EncodingFiles.Load(folder.Path, _ => { }).TemplateSpec.Options.ShouldBe(options);
    }

    [Fact]
    public void A_text_model_has_no_image_preprocessing()
    {
        EncodingFiles.Save(new SampleEncoding(Tokenizer, new TemplateSpec(), new ImagePreprocessor { Size = 4 }), folder.Path, withImages: false);
        EncodingFiles.Load(folder.Path, _ => { }).Images.ShouldBeNull();
    }

    [Fact]
    public void What_is_assumed_about_a_folder_of_others_is_said()
    {
        Tokenizer.Save(folder.Path);
        var said = new List<string>();
        EncodingFiles.Load(folder.Path, said.Add).TemplateSpec.Name.ShouldBe("qwen");
        said.ShouldHaveSingleItem().ShouldContain("no llavamod.json");
    }

    [Theory]
    [InlineData("pad", true, "image_aspect_ratio is pad")]
    [InlineData("square", false, "image_aspect_ratio is square")]
    [InlineData("anyres", true, "image_aspect_ratio anyres is not done here")]
    public void Pictures_of_a_folder_of_others_are_padded_as_it_says(string ratio, bool pads, string reason)
    {
        Tokenizer.Save(folder.Path);
        new ImagePreprocessor { Size = 4 }.Save(folder.Path);
        folder.Write("config.json", $$"""{"model_type": "llava_qwen2", "image_aspect_ratio": "{{ratio}}"}""");
        var said = new List<string>();
        EncodingFiles.Load(folder.Path, said.Add).Preprocessor!.PadToSquare.ShouldBe(pads);
        said.ShouldHaveSingleItem().ShouldContain(reason);
    }

    [Theory]
    [InlineData("config.json", "{\"model_type\": \"llava\"}", "vicuna_v1", "model_type is llava")]
    [InlineData("config.json", "{\"model_type\": \"llava_llama\"}", "vicuna_v1", "model_type is llava_llama")]
    [InlineData("config.json", "{\"model_type\": \"llava\", \"text_config\": {\"model_type\": \"qwen2\"}}", "qwen", "model_type is llava")]
    [InlineData("config.json", "{\"model_type\": \"llava_qwen2\"}", "qwen", "model_type is llava_qwen2")]
    [InlineData("chat_template", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>", "chatml", "chat_template is Qwen's")]
    [InlineData("chat_template", "<|im_start|>{{ message['content'] }}<|im_end|>", "qwen", "nothing says otherwise")]
    public void The_template_of_a_folder_of_others_is_chosen_by_what_it_says(string place, string value, string template, string reason)
    {
        Tokenizer.Save(folder.Path);
        if (place == "chat_template")
            folder.Write("tokenizer_config.json", $$"""{"eos_token": "<|endoftext|>", "chat_template": {{System.Text.Json.JsonSerializer.Serialize(value)}}}""");
        else
            folder.Write(place, value);
        var said = new List<string>();
        EncodingFiles.Load(folder.Path, said.Add).TemplateSpec.Name.ShouldBe(template);
        said.ShouldHaveSingleItem().ShouldContain(reason);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}", "template.name is missing")]
    [InlineData("{\"template\": {\"name\": \"quen\"}}", "unknown chat template 'quen'; did you mean 'qwen'?")]
    [InlineData("{\"template\": {\"name\": \"qwen\", \"sytem\": \"\"}}", "sytem")]
    [InlineData("{\"template\": {\"name\": \"qwen\"}, \"pad_to_square\": 3}", "llavamod.json")]
    public void A_broken_file_is_refused_in_one_line(string text, string message)
    {
        Tokenizer.Save(folder.Path);
        folder.Write(EncodingFiles.TemplateFile, text);
        var error = Should.Throw<UserError>(() => EncodingFiles.Load(folder.Path, _ => { })).Message;
        error.ShouldContain(message);
        error.ShouldNotContain("\n");
    }
}
