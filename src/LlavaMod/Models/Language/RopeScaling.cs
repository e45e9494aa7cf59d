namespace LlavaMod.Models.Language;

/// <summary>
/// How a rotary embedding is stretched to longer sequences than the model was first trained on. <c>linear</c> divides every frequency by the factor
/// (Chen et al. 2023, "Extending context window of large language models via positional interpolation"); <c>llama3</c> divides the low ones, keeps the
/// high ones, and goes smoothly from one to the other between (Llama 3.1).
/// </summary>
public sealed record RopeScaling
{
    /// <summary>linear or llama3.</summary>
    public required string RopeType { get; init; }

    /// <summary>How many times longer, at least 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>llama3: wavelengths above the original length over this are stretched.</summary>
    public double LowFreqFactor { get; init; } = 1;

    /// <summary>llama3: wavelengths below the original length over this are kept.</summary>
    public double HighFreqFactor { get; init; } = 4;

    /// <summary>llama3: the length that the model was first trained on.</summary>
    public int OriginalMaxPositionEmbeddings { get; init; } = 8192;

    /// <summary>What to multiply a frequency by, in radians a position.</summary>
    public double Scale(double frequency)
    {
        if (RopeType == "linear") return 1 / Factor;
        double turns = OriginalMaxPositionEmbeddings * frequency / (2 * Math.PI); // over the original length
        double kept = Math.Clamp((turns - LowFreqFactor) / (HighFreqFactor - LowFreqFactor), 0, 1);
        return (1 - kept) / Factor + kept;
    }

    /// <summary>Throws where the kind is not supported or a number makes no sense.</summary>
    /// <exception cref="UserError">The first rule that is broken, with the values seen.</exception>
    public void Validate(string where)
    {
        if (RopeType is not ("linear" or "llama3")) throw new UserError($"{where}: rope_scaling '{RopeType}' is not supported; linear and llama3 are");
        if (!(Factor is >= 1 and < 1e6)) throw new UserError($"{where}: rope_scaling.factor {Factor} must be at least 1");
        if (!(LowFreqFactor > 0 && HighFreqFactor > LowFreqFactor && double.IsFinite(HighFreqFactor) && OriginalMaxPositionEmbeddings > 0))
            throw new UserError($"{where}: rope_scaling needs 0 < low_freq_factor {LowFreqFactor} < high_freq_factor {HighFreqFactor} and a positive original_max_position_embeddings");
    }
}
