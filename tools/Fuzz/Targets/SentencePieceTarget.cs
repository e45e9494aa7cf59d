using LlavaMod.Fuzz.Checks;
using LlavaMod.Tokenization;
using static LlavaMod.Fuzz.SentencePieceWriter;

namespace LlavaMod.Fuzz.Targets;

/// <summary>SentencePiece's tokenizer.model, alone and with a tokenizer_config.json.</summary>
[FuzzTarget("sentencepiece", Summary = "tokenizer.model")]
public sealed class SentencePieceTarget : FuzzTarget
{
    private const string File = "tokenizer.model";

    /// <inheritdoc/>
    public override long AllocatedPerByte => 256;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) => TokenizerTarget.Use(Tokenizer.Load(sandbox.Folder));

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return new Specimen(File, Model());
        yield return new Specimen(
        [
            new SpecimenFile(File, Model()),
            new SpecimenFile("tokenizer_config.json", """
                {"tokenizer_class": "LlamaTokenizer", "legacy": false, "bos_token": "<s>", "eos_token": {"content": "</s>"}, "pad_token": null, "add_bos_token": true,
                 "added_tokens_decoder": {"0": {"content": "<unk>", "special": true}, "266": {"content": "<image>", "lstrip": true, "special": false}}}
                """u8.ToArray()),
        ]);
    }

    private static byte[] Model() => Write(
    [
        ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, SentencePieceWriter.Byte)),
        ("\u2581", -1, Normal), ("a", -2, Normal), ("t", -3, Normal), ("at", -0.5f, Normal), ("\u2581at", -0.25f, Normal), ("cat", -4, Normal), ("<x>", 0, UserDefined),
    ]);
}
