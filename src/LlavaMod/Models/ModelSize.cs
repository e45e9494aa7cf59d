using LlavaMod.Models.Experts;

namespace LlavaMod.Models;

/// <summary>Parameters of a model, or of a part of one.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Active">Those that one token meets: of every sparse layer's experts only the chosen ones.</param>
public sealed record ModelSize(long Total, long Active)
{
    /// <summary>Counts a model, its tower included.</summary>
    public static ModelSize Of(Llava model) => Of(model.AllParameters, model.Config.Experts);

    /// <summary>Counts some of a model's parameters.</summary>
    /// <param name="parameters">The parameters; of a sparse layer's experts all or none.</param>
    /// <param name="experts">The model's experts, or null.</param>
    public static ModelSize Of(IEnumerable<Parameter> parameters, ExpertsConfig? experts) =>
        Of(parameters.Select(parameter => (parameter.Name, parameter.Part, parameter.Value.Elements)), experts);

    /// <summary>Counts parameters of which only these are known.</summary>
    internal static ModelSize Of(IEnumerable<(string Name, ModelPart Part, long Elements)> parameters, ExpertsConfig? experts)
    {
        long shared = 0, chosen = 0;
        foreach (var (name, part, elements) in parameters)
        {
            if (IsOfOneExpert(name, part)) chosen += elements;
            else shared += elements;
        }
        return new ModelSize(shared + chosen, experts is null ? shared + chosen : shared + chosen / experts.NumExperts * experts.TopK);
    }

    // A residual expert is an expert that every token meets.
    private static bool IsOfOneExpert(string name, ModelPart part) => part == ModelPart.Experts && name.Contains(".experts.", StringComparison.Ordinal);
}
