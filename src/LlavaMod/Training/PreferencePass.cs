using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>Log-probabilities of whole answers: sums over their tokens, Float32 [B].</summary>
internal static class PreferencePass
{
    /// <summary>Of every row's response under a model. The head runs at response positions only.</summary>
    public static Tensor LogProbabilities(Llava model, SplicedBatch batch, Tensor? features, RoutingPass routing, bool recompute = false)
    {
        using var scope = new TensorScope();
        var device = model.Parameters.Device;
        var hidden = model.Forward(LlavaInput.From(batch, device), features, routing, recompute);
        var found = new Selection(TokenScope.Response, Shifted: true).In(batch);
        var indices = Tensor.From(found.Indices, found.Count).To(device);
        var targets = Tensor.From(found.Targets, found.Count, 1).To(device);
        var rows = Tensor.From(Array.ConvertAll(found.Indices, index => index / batch.Length), found.Count).To(device);
        var logits = model.Language.Logits(hidden.Reshape(-1, hidden.Size(-1)).IndexSelect(0, indices)); // [N, V]
        var words = logits.LogSoftmax(-1, DType.Float32).Gather(-1, targets).Squeeze(-1);                // [N]
        return scope.Return(Create.Zeros([batch.Rows], device: device).IndexAdd(0, rows, words));
    }
}
