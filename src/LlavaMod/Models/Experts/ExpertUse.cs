namespace LlavaMod.Models.Experts;

/// <summary>How the experts of one sparse layer were used. Choices are counted before capacity drops any; padding is not counted.</summary>
/// <param name="Layer">Index of the decoder layer.</param>
/// <param name="Load">Share of all choices that fell on each expert; adds up to 1.</param>
/// <param name="Text">The same over text tokens alone; null when there were none.</param>
/// <param name="Visual">The same over image tokens alone; null when there were none.</param>
/// <param name="Entropy">Entropy of <paramref name="Load"/> in units of log E: 1 when uniform, 0 when one expert takes all.</param>
/// <param name="Dropped">Share of the choices that found their expert full, 0 .. 1.</param>
/// <param name="Pairs">Experts that see the same tokens, every pair once.</param>
public sealed record ExpertUse(
    int Layer,
    IReadOnlyList<double> Load,
    IReadOnlyList<double>? Text,
    IReadOnlyList<double>? Visual,
    double Entropy,
    double Dropped,
    IReadOnlyList<ExpertPair> Pairs);

/// <summary>Two experts of a layer.</summary>
/// <param name="First">The lower index.</param>
/// <param name="Second">The higher index.</param>
/// <param name="Share">Share of tokens that chose both.</param>
public sealed record ExpertPair(int First, int Second, double Share);
