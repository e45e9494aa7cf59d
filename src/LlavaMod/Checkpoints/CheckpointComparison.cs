using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Checkpoints;

/// <summary>One tensor that two checkpoints share.</summary>
/// <param name="Name">Our name of it.</param>
/// <param name="Part">What it belongs to.</param>
/// <param name="Distance">How far the two are apart.</param>
public sealed record TensorComparison(string Name, ModelPart Part, TensorDistance Distance);

/// <summary>
/// How far two checkpoints are apart, which may have different layouts: tensors are compared by our names of them. No more than one tensor
/// of each is in memory.
/// </summary>
/// <param name="Tensors">The tensors that both have, in the first one's order.</param>
/// <param name="OnlyInFirst">Our names of those that only the first has.</param>
/// <param name="OnlyInSecond">Our names of those that only the second has.</param>
/// <param name="OtherShapes">Those that both have in different shapes, in words.</param>
public sealed record CheckpointComparison(
    IReadOnlyList<TensorComparison> Tensors, IReadOnlyList<string> OnlyInFirst, IReadOnlyList<string> OnlyInSecond, IReadOnlyList<string> OtherShapes)
{
    /// <summary>Compares two folders or files of weights.</summary>
    /// <exception cref="UserError">A file is missing or damaged, or its layout is not known.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CheckpointComparison Of(string first, string second, CancellationToken stop = default)
    {
        using var a = Checkpoint.Open(first);
        using var b = Checkpoint.Open(second);
        var (ofA, ofB) = (NamesOf(a), NamesOf(b));
        var tensors = new List<TensorComparison>();
        var shapes = new List<string>();
        foreach (var (name, theirs) in ofA.Where(pair => ofB.ContainsKey(pair.Key)))
        {
            stop.ThrowIfCancellationRequested();
            long[] shape = a.Tensors.ShapeOf(theirs), other = b.Tensors.ShapeOf(ofB[name]);
            if (!shape.SequenceEqual(other)) shapes.Add($"{name} is [{string.Join(", ", shape)}] and [{string.Join(", ", other)}]");
            else tensors.Add(new TensorComparison(name, TensorParts.Of(name), Distance(a.Tensors, theirs, b.Tensors, ofB[name])));
        }
        return new CheckpointComparison(tensors, [.. ofA.Keys.Where(name => !ofB.ContainsKey(name))], [.. ofB.Keys.Where(name => !ofA.ContainsKey(name))], shapes);
    }

    /// <summary>Each part's tensors as one, in the order of tables.</summary>
    public IEnumerable<(ModelPart Part, int Tensors, int Equal, TensorDistance Distance)> Parts =>
        TensorParts.Order.Select(part => (Part: part, Of: Tensors.Where(tensor => tensor.Part == part).ToList())).Where(group => group.Of.Count > 0)
            .Select(group => (group.Part, group.Of.Count, group.Of.Count(tensor => tensor.Distance.Difference == 0),
                group.Of.Aggregate(default(TensorDistance), (sum, tensor) => sum + tensor.Distance)));

    private static TensorDistance Distance(StoredTensors first, string ofFirst, StoredTensors second, string ofSecond)
    {
        using var scope = new TensorScope();
        return TensorDistance.Of(Read(first, ofFirst), Read(second, ofSecond));

        // Not a view of the file, whose pages would stay.
        static Tensor Read(StoredTensors file, string name) => file.Read(name, file[name].DType, Device.Cpu);
    }

    // Our name -> the file's.
    private static Dictionary<string, string> NamesOf(Checkpoint checkpoint)
    {
        var names = new Dictionary<string, string>();
        foreach (string theirs in checkpoint.Tensors.Names)
        {
            string ours = checkpoint.Layout.ToOurs(theirs);
            if (!names.TryAdd(ours, theirs)) throw new UserError($"{checkpoint.Tensors.Path}: {theirs} and {names[ours]} are both {ours}");
        }
        return names;
    }
}
