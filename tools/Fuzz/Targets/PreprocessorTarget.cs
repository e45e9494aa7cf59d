using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>preprocessor_config.json, CLIP's and SigLIP's; what loads is also applied to a picture.</summary>
[FuzzTarget("preprocessor", Summary = "preprocessor_config.json")]
public sealed class PreprocessorTarget : FuzzTarget
{
    // The largest picture that may be asked for, as floats, with what resizing it takes.
    private const long LargestPicture = 4096L * 4096 * 3 * 8;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => 4 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        var steps = ImagePreprocessor.Load(sandbox.Folder);
        if (steps.ValueCount * 8L > LargestPicture)
            throw new BrokenPromise($"pictures of {steps.ValueCount:N0} values");
        if ((steps.ShortestEdge ?? steps.Size) <= 64)
            steps.Apply(new RgbImage(3, 2, new byte[18]));
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Specimen.Written(new ImagePreprocessor { Size = 24, ShortestEdge = 30 }.Save);
        yield return Specimen.Written(new ImagePreprocessor { Size = 16, Stretch = true, Mean = new(0.5, 0.5, 0.5), Deviation = new(0.5, 0.5, 0.5) }.Save);
        yield return new Specimen(ImagePreprocessor.FileName, """{"size": 20, "crop_size": 20, "do_normalize": false, "image_mean": [0.5, 0.5, 0.5]}""");
    }
}
