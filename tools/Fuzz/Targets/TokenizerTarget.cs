using LlavaMod.Fuzz.Checks;
using LlavaMod.Tokenization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>vocab.json, merges.txt, tokenizer_config.json and added_tokens.json; what loads also encodes and decodes.</summary>
[FuzzTarget("tokenizer", Summary = "vocab.json, merges.txt, tokenizer_config.json, added_tokens.json")]
public sealed class TokenizerTarget : FuzzTarget
{
    private const string Text = "The cat sat on a mat.<|endoftext|> 12345 \u00e9\u4e2d\ud83d\ude00\n\n  <extra>";

    /// <inheritdoc/>
    public override long AllocatedPerByte => 128;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) => Use(Tokenizer.Load(sandbox.Folder));

    internal static void Use(Tokenizer tokenizer)
    {
        var ids = tokenizer.Encode(Text);
        if (ids.FirstOrDefault(id => id < 0 || id >= tokenizer.VocabSize) is var bad and not 0)
            throw new BrokenPromise($"the id {bad} is outside the vocabulary of {tokenizer.VocabSize}");
        tokenizer.Decode(ids);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        var trained = BpeTokenizer.Train(["the cat sat on the mat, the cat ate", "a cat on a mat"], 270, ["<|endoftext|>", "<extra>"]);
        yield return Specimen.Written(trained.Save);
    }
}
