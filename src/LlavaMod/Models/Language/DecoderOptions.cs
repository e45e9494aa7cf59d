namespace LlavaMod.Models.Language;

/// <summary>The keys of config.json that all families of decoders have; the vocabulary's size comes from the tokenizer or the checkpoint.</summary>
public abstract record DecoderOptions
{
    /// <summary>Width.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Query heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Key and value heads; null as many as query heads.</summary>
    public int? NumKeyValueHeads { get; init; }

    /// <summary>Added to the mean square in norms.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Whether the output projection is the embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Standard deviation of a random start.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The decoder of a family with its own positions.</summary>
    internal LanguageConfig Configure(string modelType, long vocabSize, int maxPositionEmbeddings, double ropeTheta) => new()
    {
        ModelType = modelType,
        VocabSize = vocabSize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        NumHiddenLayers = NumHiddenLayers,
        NumAttentionHeads = NumAttentionHeads,
        NumKeyValueHeads = NumKeyValueHeads ?? NumAttentionHeads,
        MaxPositionEmbeddings = maxPositionEmbeddings,
        RopeTheta = ropeTheta,
        RmsNormEps = RmsNormEps,
        TieWordEmbeddings = TieWordEmbeddings,
        InitializerRange = InitializerRange,
    };
}
