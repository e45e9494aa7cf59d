namespace LlavaMod.Models;

/// <summary>Parameters of a model.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Active">Those that one token meets: of every sparse layer's experts only the chosen ones.</param>
public sealed record ModelSize(long Total, long Active)
{
    /// <summary>Counts a model, its tower included.</summary>
    public static ModelSize Of(Llava model)
    {
        long total = model.AllParameters.Sum(parameter => parameter.Value.Elements);
        long experts = model.AllParameters.Where(parameter => parameter.Part == ModelPart.Experts && parameter.Name.Contains(".experts.", StringComparison.Ordinal))
            .Sum(parameter => parameter.Value.Elements);
        return model.Config.Experts is { } config
            ? new ModelSize(total, total - experts + experts / config.NumExperts * config.TopK)
            : new ModelSize(total, total);
    }
}
