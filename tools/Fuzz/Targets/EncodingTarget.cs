using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Stages;
using LlavaMod.Tokenization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>What lies beside a model's weights: tokenizer, preprocessor_config.json, and llavamod.json or, without it, config.json's template.</summary>
[FuzzTarget("encoding", Summary = "llavamod.json and the files beside it")]
public sealed class EncodingTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override long AllocatedPerByte => 128;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => 4 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) => EncodingFiles.Load(sandbox.Folder, _ => { });

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return With(EncodingFiles.TemplateFile, """{"template": {"name": "qwen", "system": "Be brief."}, "pad_to_square": false}""");
        yield return With("config.json", """{"model_type": "llava", "text_config": {"model_type": "llama"}}""");
    }

    private static Specimen With(string name, string content) => Specimen.Written(folder =>
    {
        BpeTokenizer.Train(["the cat"], 258, ["<|endoftext|>"]).Save(folder);
        new ImagePreprocessor { Size = 24 }.Save(folder);
        File.WriteAllText(Path.Combine(folder, name), content);
    });
}
