using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>Log-probabilities of whole answers: sums over their tokens, Float32 [B]. The head runs at response positions only.</summary>
internal static class PreferencePass
{
    /// <summary>Of every sample's response under a model.</summary>
    public static Tensor LogProbabilities(Llava model, SplicedBatch batch, Tensor? features, RoutingPass routing, bool recompute = false)
    {
        using var scope = new TensorScope();
        var answers = Selection.Responses.In(batch);
        var hidden = model.Forward(LlavaInput.From(batch, model.Parameters.Device), features, routing, recompute, answers.Indices); // [N, D]
        return scope.Return(Sums(model, hidden, answers.Targets, batch.SamplesAt(answers.Indices), batch.SampleCount));
    }

    /// <summary>Of both answers of every pair under a model in evaluation, which meets what they share once.</summary>
    public static (Tensor Chosen, Tensor Rejected) LogProbabilities(Llava model, SplicedBatch chosen, SplicedBatch rejected, Tensor? features)
    {
        using var scope = new TensorScope();
        var row = PairedRow.Of(chosen, rejected);
        TokenPositions ofChosen = Selection.Responses.In(chosen), ofRejected = Selection.Responses.In(rejected);
        long[] wanted = [.. ofChosen.Indices.Select(index => row.Chosen[index]), .. ofRejected.Indices.Select(index => row.Rejected[index])];
        var hidden = model.Forward(LlavaInput.From(row.Batch, model.Parameters.Device), features, new RoutingPass(), wanted: wanted); // [N, D]
        int pairs = chosen.SampleCount;
        long[] answers = [.. chosen.SamplesAt(ofChosen.Indices), .. rejected.SamplesAt(ofRejected.Indices).Select(pair => pair + pairs)];
        var sums = Sums(model, hidden, [.. ofChosen.Targets, .. ofRejected.Targets], answers, 2 * pairs);
        return (scope.Return(sums.Narrow(0, 0, pairs)), scope.Return(sums.Narrow(0, pairs, pairs)));
    }

    private static Tensor Sums(Llava model, Tensor hidden, long[] targets, long[] answers, int count) => SequenceLogProbabilities.Of(
        new HeadRows(hidden, model.Language.Head), Tensor.From(targets, targets.Length).To(hidden.Device), answers, count);
}
