using Google.Protobuf;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Tokenization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>SentencePiece's tokenizer.model, alone and with a tokenizer_config.json.</summary>
[FuzzTarget("sentencepiece", Summary = "tokenizer.model")]
public sealed class SentencePieceTarget : FuzzTarget
{
    private const string File = "tokenizer.model";
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

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

    private static byte[] Model() => Message(model =>
    {
        (string Text, float Score, int Type)[] pieces =
        [
            ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, Byte)),
            ("\u2581", -1, Normal), ("a", -2, Normal), ("t", -3, Normal), ("at", -0.5f, Normal), ("\u2581at", -0.25f, Normal), ("cat", -4, Normal), ("<x>", 0, UserDefined),
        ];
        foreach (var (text, score, type) in pieces)
            Field(model, 1, piece =>
            {
                piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                piece.WriteString(text);
                piece.WriteTag(2, WireFormat.WireType.Fixed32);
                piece.WriteFloat(score);
                Number(piece, 3, type);
            });
        Field(model, 2, trainer =>
        {
            Number(trainer, 3, 2); // BPE
            Number(trainer, 35, 1); // bytes for characters without a piece
        });
        Field(model, 3, normalizer =>
        {
            Number(normalizer, 3, 1); // a space in front
            Number(normalizer, 4, 0);
            Number(normalizer, 5, 1);
        });
    });

    private static void Field(CodedOutputStream output, int number, Action<CodedOutputStream> write)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static void Number(CodedOutputStream output, int number, int value)
    {
        output.WriteTag(number, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        write(output);
        output.Flush();
        return stream.ToArray();
    }
}
