using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>
/// How pictures become tensors. A vision tower that is read from a folder brings its own size, mean and standard deviation in
/// preprocessor_config.json.
/// </summary>
public sealed record ImageSpec
{
    /// <summary>
    /// Side of the square that towers built from scratch see, in pixels; null takes their configuration's <c>image_size</c>.
    /// </summary>
    [Range(1, 4096)]
    public int? Size { get; init; }

    /// <summary>Whether a picture is padded to a square before it is resized (LLaVA-1.5), or cropped by the tower's own rule.</summary>
    public bool PadToSquare { get; init; } = true;

    /// <summary>
    /// How many gigabytes (10^9 bytes) of vision features the run folder may hold until the run is complete; 0 keeps none there.
    /// </summary>
    [Range(0.0, 1_000_000.0)]
    public double FeaturesOnDisk { get; init; } = 16;
}
