using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Checkpoints;

/// <summary>A model's parameters from its files. What does not fit is collected, and thrown all at once by <see cref="Complete"/>.</summary>
public sealed class CheckpointParameters : IParameterSource, IDisposable
{
    private const int MostListed = 20;
    private const int MostMissing = 10_000; // a configuration that asks for so many is not this file's

    private readonly StoredTensors tensors;
    private readonly Dictionary<string, string> stored = []; // our name -> the file's
    private readonly HashSet<string> used = [];
    private readonly List<string> complaints = [];

    /// <summary>Opens a model folder or one file of weights; nothing but headers is read.</summary>
    /// <exception cref="UserError">A file is missing or damaged.</exception>
    public CheckpointParameters(string path)
    {
        tensors = StoredTensors.Open(path);
        foreach (string theirs in tensors.Names)
        {
            string ours = CheckpointNames.ToOurs(theirs);
            if (!stored.TryAdd(ours, theirs)) complaints.Add($"{theirs} and {stored[ours]} are both {ours}");
        }
    }

    /// <inheritdoc/>
    public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer) => Locate(name, shape) is { } theirs ? tensors.Load(theirs) : null;

    /// <inheritdoc/>
    public Tensor? Take(string name, ReadOnlySpan<long> shape, Initializer initializer, DType dtype, Device device) =>
        Locate(name, shape) is { } theirs ? tensors.Read(theirs, dtype, device) : null;

    private string? Locate(string name, ReadOnlySpan<long> shape)
    {
        if (!stored.TryGetValue(name, out string? theirs))
        {
            complaints.Add($"missing {name}");
            if (complaints.Count > MostMissing) Complete();
            return null;
        }
        used.Add(name);
        long[] found = tensors.ShapeOf(theirs);
        if (shape.SequenceEqual(found)) return theirs;
        complaints.Add($"{theirs} is [{string.Join(", ", found)}], the configuration wants [{string.Join(", ", shape.ToArray())}]");
        return null;
    }

    /// <summary>Call once everything that reads from here is built.</summary>
    /// <param name="ignored">Names that may be in the file without being part of the model, such as a tower that another model lends.</param>
    /// <exception cref="UserError">Tensors are missing, have another shape, or are not part of the model; all are listed.</exception>
    public void Complete(Func<string, bool>? ignored = null)
    {
        var unexpected = stored.Keys.Where(name => !used.Contains(name) && !IsDerived(name) && ignored?.Invoke(name) != true)
            .Select(name => $"unexpected {name}");
        var all = complaints.Concat(unexpected).ToList();
        if (all.Count == 0) return;
        string rest = all.Count > MostListed ? $" ... and {all.Count - MostListed} more" : "";
        throw new UserError($"{tensors.Path} does not fit its configuration: {string.Join("; ", all.Take(MostListed))}{rest}");
    }

    // Tables that old checkpoints store although they can be computed, and a tied head that is the embedding once more.
    private static bool IsDerived(string name) =>
        name == "lm_head.weight" || name.EndsWith(".inv_freq", StringComparison.Ordinal) || name.EndsWith(".position_ids", StringComparison.Ordinal);

    /// <summary>Closes the files.</summary>
    public void Dispose() => tensors.Dispose();
}
