using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>Where N tokens go, K experts each.</summary>
/// <param name="Experts">Chosen experts, Int64 [N, K], best first.</param>
/// <param name="Gates">Their weights in the mixture, Float32 [N, K], with gradient. Where an assignment is not kept its gate means nothing.</param>
/// <param name="Kept">Bool [N, K]: neither padding nor dropped; null when all are kept.</param>
/// <param name="Dropped">Real assignments that are not kept, Int64 []; null when nothing can be dropped.</param>
internal sealed record Assignment(Tensor Experts, Tensor Gates, Tensor? Kept, Tensor? Dropped);
