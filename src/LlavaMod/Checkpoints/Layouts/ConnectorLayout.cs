using System.Text.RegularExpressions;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// A connector without the models around it: LLaVA's <c>mm_projector.bin</c>, which its first stage leaves. Named <c>model.mm_projector.0.weight</c>,
/// <c>mm_projector.0.weight</c> or bare <c>0.weight</c>; LLaVA-MoD's <c>image_spatial_proj</c> may stand between.
/// </summary>
[CheckpointLayout("connector", Order = 10, Summary = "a connector alone: mm_projector.bin")]
public sealed partial class ConnectorLayout : CheckpointLayout
{
    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) => checkpoint.Names.Count > 0 && checkpoint.Names.All(name => Known().IsMatch(name));

    /// <inheritdoc/>
    public override string ToOurs(string name) => Known().Match(name) is { Success: true } match ? CheckpointNames.Connector + match.Groups["rest"].Value : name;

    [GeneratedRegex(@"^(?:(?:model\.)?mm_projector\.(?:image_spatial_proj\.)?(?<rest>.+)|(?<rest>\d+\.(?:weight|bias)))$")]
    private static partial Regex Known();
}
