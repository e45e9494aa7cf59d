using LlavaMod.Fuzz.Checks;
using LlavaMod.Generation;

namespace LlavaMod.Fuzz.Targets;

/// <summary>generation_config.json; the options that it gives are in their ranges.</summary>
[FuzzTarget("generation-config", Summary = "generation_config.json")]
public sealed class GenerationConfigTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override long AllocatedPerByte => 128;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => 1 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) => GenerationConfigFile.Load(sandbox.Folder, _ => { }).Options.Validate();

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return new Specimen(
            GenerationConfigFile.FileName,
            """{"do_sample": true, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05, "eos_token_id": [151645, 151643], "max_new_tokens": 512}""");
        yield return new Specimen(GenerationConfigFile.FileName, """{"do_sample": false, "eos_token_id": 2, "num_beams": 4, "typical_p": 0.9}""");
    }
}
