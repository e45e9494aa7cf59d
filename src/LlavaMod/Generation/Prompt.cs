using LlavaMod.Data;
using LlavaMod.Training;

namespace LlavaMod.Generation;

/// <summary>One prompt to answer.</summary>
/// <param name="Sequence">Ids with image placeholders; labels are not read.</param>
/// <param name="Images">Its images, in order.</param>
public sealed record Prompt(EncodedSample Sequence, IReadOnlyList<PreparedImage> Images);
