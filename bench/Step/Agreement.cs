using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Bench.Step;

/// <summary>Losses and gradients of both sides in Float32, tensor by tensor.</summary>
internal static class Agreement
{
    private const double Most = 1e-4;
    private const double NothingDropped = 2; // of 4 experts with two choices: every expert has a place for every token

    /// <summary>Writes the peer's file, runs one step on both sides, and prints |ours - peer| / |peer| of every tensor.</summary>
    /// <returns>Whether all agree and the peer has dropped nothing.</returns>
    public static bool Run(Geometry geometry, string stage, string folder)
    {
        using var scope = new TensorScope();
        string input = Path.Combine(folder, "check.safetensors"), output = Path.Combine(folder, "peer.safetensors");
        using var step = new OurStep(geometry, stage, DType.Float32, clip: double.PositiveInfinity);
        step.Write(input, NothingDropped);
        var result = step.Run();
        Peer.Run(input, stage, "--check", output);
        using var peer = SafetensorsFile.Open(output);

        double worst = 0;
        foreach (var (name, loss) in result.Objectives) Print($"loss.{name}", Tensor.From([loss], 1), peer.Load($"loss.{name}").Reshape(1));
        var gradients = step.Gradients();
        foreach (var (name, gradient) in gradients) Print($"gradient.{name}", gradient, peer.Load($"gradient.{name}"));
        int found = peer.Names.Count(name => name.StartsWith("gradient.", StringComparison.Ordinal));
        double dropped = peer.Load("dropped").Item<float>();
        bool agree = worst <= Most && found == gradients.Count && dropped == 0;
        Console.WriteLine($"{geometry.Name} {stage}: {gradients.Count} gradients here, {found} there; worst relative error {worst:0.0e-0}, at most {Most:0e-0} allowed; "
            + $"the peer dropped {dropped:f0} assignments\n");
        return agree;

        void Print(string name, Tensor ours, Tensor theirs)
        {
            double error = Error(ours.ToArray<double>(), theirs.ToArray<double>());
            worst = error <= worst ? worst : error; // NaN is the worst
            Console.WriteLine($"  {name,-64}{error,10:0.0e-0}");
        }
    }

    private static double Error(double[] ours, double[] theirs)
    {
        if (ours.Length != theirs.Length) return double.PositiveInfinity;
        double difference = 0, norm = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            difference += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
            norm += theirs[i] * theirs[i];
        }
        return difference == 0 ? 0 : Math.Sqrt(difference / norm);
    }
}
