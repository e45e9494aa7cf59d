using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>Log-probabilities of whole answers: sums over their tokens, Float32 [B].</summary>
internal static class PreferencePass
{
    /// <summary>Of every sample's response under a model. The head runs at response positions only.</summary>
    public static Tensor LogProbabilities(Llava model, SplicedBatch batch, Tensor? features, RoutingPass routing, bool recompute = false)
    {
        using var scope = new TensorScope();
        var device = model.Parameters.Device;
        var hidden = model.Forward(LlavaInput.From(batch, device), features, routing, recompute);
        var answers = new Selection(TokenScope.Response, Shifted: true).In(batch);
        var indices = Tensor.From(answers.Indices, answers.Count).To(device);
        var logits = model.Language.Logits(hidden.Reshape(-1, hidden.Size(-1)).IndexSelect(0, indices)); // [N, V]
        return scope.Return(SequenceLogProbabilities.Of(logits, answers, batch.SamplesAt(answers.Indices), batch.SampleCount));
    }
}
