using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>The second half of a decoder layer: one dense network, or several experts.</summary>
public interface IFeedForward
{
    /// <summary>x: [B, T, D], normalised; result [B, T, D]. Sparse layers record what they did in <paramref name="routing"/>.</summary>
    Tensor Forward(Tensor x, RoutingPass routing);
}
