using LlavaMod.Torch;

namespace LlavaMod.Performance;

/// <summary>What two programs computed from the same weights and data in Float32, tensor by tensor: |ours - peer| / |peer|.</summary>
/// <param name="Tensors">How many were compared.</param>
/// <param name="Worst">The greatest error; infinite where a shape differs, NaN where a number is none.</param>
/// <param name="WorstName">Whose it is.</param>
/// <param name="Missing">Names that only one side has.</param>
internal sealed record Agreement(int Tensors, double Worst, string WorstName, IReadOnlyList<string> Missing)
{
    /// <summary>The greatest error that is rounding.</summary>
    public const double Most = 1e-4;

    public bool Holds => Tensors > 0 && Missing.Count == 0 && Worst <= Most;

    /// <summary>Compares what has the same name.</summary>
    /// <param name="ours">Our tensors, by name.</param>
    /// <param name="names">The peer's names.</param>
    /// <param name="load">A tensor of the peer's.</param>
    public static Agreement Of(IReadOnlyDictionary<string, Tensor> ours, IReadOnlyCollection<string> names, Func<string, Tensor> load)
    {
        double worst = 0;
        string worstName = "";
        foreach (var (name, tensor) in ours.Where(entry => names.Contains(entry.Key)))
        {
            using var scope = new TensorScope();
            double error = Error(tensor, load(name));
            if (error <= worst) continue; // NaN is the worst
            (worst, worstName) = (error, name);
            if (double.IsNaN(error)) break;
        }
        string[] missing = [.. ours.Keys.Except(names).Concat(names.Except(ours.Keys))];
        return new Agreement(ours.Count, worst, worstName, missing);
    }

    /// <exception cref="RowFailedException">They do not agree.</exception>
    public void Require(string of)
    {
        if (Holds) return;
        throw new RowFailedException(Missing.Count > 0
            ? $"the peer disagrees on {of}: only one side has {string.Join(", ", Missing.Take(4))}"
            : $"the peer disagrees on {of}: {WorstName} is {Worst:0.0e-0} off, at most {Most:0e-0} is rounding");
    }

    public override string ToString() => $"{Tensors} tensors agree, the worst within {Worst:0.0e-0}";

    private static double Error(Tensor ours, Tensor theirs)
    {
        if (!ours.Shape.SequenceEqual(theirs.Shape)) return double.PositiveInfinity;
        double difference = (ours.Detach().To(DType.Float32) - theirs).Square().Sum().Item<double>();
        return difference == 0 ? 0 : Math.Sqrt(difference / theirs.Square().Sum().Item<double>());
    }
}
