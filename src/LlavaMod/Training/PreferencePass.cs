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
        var answers = Selection.Responses.In(batch);
        var hidden = model.Forward(LlavaInput.From(batch, device), features, routing, recompute, answers.Indices); // [N, D]
        var targets = Tensor.From(answers.Targets, answers.Count).To(device);
        var found = SequenceLogProbabilities.Of(new HeadRows(hidden, model.Language.Head), targets, batch.SamplesAt(answers.Indices), batch.SampleCount);
        return scope.Return(found);
    }
}
