using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Performance.Steps;

/// <summary>
/// Losses and gradients of one step on both sides, in Float32 and with a place for every token. The batch is whole: each micro-batch has a balance of its own.
/// </summary>
internal static class StepCheck
{
    /// <summary>Runs the step here and in bench/peers/step.py, on the same weights and batch.</summary>
    /// <exception cref="RowFailedException">They do not agree, or the peer has dropped a token.</exception>
    public static Agreement Run(Session session, Geometry geometry, string stage)
    {
        using var scope = new TensorScope();
        string input = session.NewFile(), output = session.NewFile();
        using var step = new OurStep(geometry, stage, DType.Float32, clip: double.PositiveInfinity, capacityFactor: null, whole: true);
        step.Write(input);
        var losses = step.Run().Objectives;
        Peer.Run("step.py", input, stage, "--check", output);
        File.Delete(input);

        using var peer = SafetensorsFile.Open(output);
        var ours = losses.Select(loss => KeyValuePair.Create($"loss.{loss.Key}", Tensor.From([loss.Value], [])))
            .Concat(step.Gradients().Select(gradient => KeyValuePair.Create($"gradient.{gradient.Key}", gradient.Value)));
        var agreement = Agreement.Of(new Dictionary<string, Tensor>(ours), [.. peer.Names.Where(name => name != "dropped")], peer.Load);
        agreement.Require($"{stage} at {geometry.Name}");
        double dropped = peer.Load("dropped").Item<float>();
        return dropped == 0 ? agreement : throw new RowFailedException($"the peer dropped {dropped:f0} assignments of {stage} at {geometry.Name}, where it has a place for all");
    }
}
