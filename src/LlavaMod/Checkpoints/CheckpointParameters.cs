using LlavaMod.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Checkpoints;

/// <summary>
/// A model's parameters from a checkpoint of any layout. What does not fit is collected, and thrown all at once by <see cref="Complete"/>. A tower that
/// the checkpoint names and does not hold is read from its own folder.
/// </summary>
public sealed class CheckpointParameters : IParameterSource, IDisposable
{
    private const int MostListed = 20;
    private const int MostMissing = 10_000; // a configuration that asks for so many is not this file's

    private readonly Dictionary<string, string> stored = []; // our name -> the file's
    private readonly HashSet<string> used = [];
    private readonly List<string> missing = []; // our names
    private readonly List<string> complaints = [];
    private readonly bool mayLookOutside;
    private CheckpointParameters? tower;

    /// <summary>Opens a model folder or one file of weights; nothing but headers is read.</summary>
    /// <exception cref="UserError">A file is missing or damaged, or the layout is not known.</exception>
    public CheckpointParameters(string path) : this(Checkpoint.Open(path), mayLookOutside: true)
    {
    }

    private CheckpointParameters(Checkpoint checkpoint, bool mayLookOutside)
    {
        Checkpoint = checkpoint;
        this.mayLookOutside = mayLookOutside && !checkpoint.HasTower && checkpoint.File is not null;
        foreach (string theirs in checkpoint.Tensors.Names)
        {
            string ours = checkpoint.Layout.ToOurs(theirs);
            if (!stored.TryAdd(ours, theirs)) complaints.Add($"{theirs} and {stored[ours]} are both {ours}");
        }
    }

    /// <summary>What is read from.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>Our names of the tensors that are stored here.</summary>
    public IEnumerable<string> Names => stored.Keys;

    /// <summary>Type and sizes of a stored tensor, by our name.</summary>
    public StoredTensor Describe(string name) => Checkpoint.Tensors[stored[name]];

    /// <summary>Type and sizes of a parameter, or null, with a complaint, where there is none of this shape.</summary>
    public StoredTensor? Describe(string name, ReadOnlySpan<long> shape) => Locate(name, shape) is var (file, theirs) ? file[theirs] : null;

    /// <inheritdoc/>
    /// <exception cref="UserError">The tower that is asked for is neither here nor where the configuration says.</exception>
    public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer) =>
        Locate(name, shape) is var (file, theirs) ? file.Load(theirs) : null;

    /// <inheritdoc/>
    /// <exception cref="UserError">The tower that is asked for is neither here nor where the configuration says.</exception>
    public Tensor? Take(string name, ReadOnlySpan<long> shape, Initializer initializer, DType dtype, Device device) =>
        Locate(name, shape) is var (file, theirs) ? file.Read(theirs, dtype, device) : null;

    private (StoredTensors File, string Theirs)? Locate(string name, ReadOnlySpan<long> shape)
    {
        if (!stored.TryGetValue(name, out string? theirs))
        {
            if (mayLookOutside && CheckpointNames.IsTower(name) && Outside() is { } source) return source.Locate(name, shape);
            missing.Add(name);
            if (missing.Count > MostMissing) Complete();
            return null;
        }
        used.Add(name);
        long[] found = Checkpoint.Tensors.ShapeOf(theirs);
        if (shape.SequenceEqual(found)) return (Checkpoint.Tensors, theirs);
        complaints.Add($"{theirs} is [{string.Join(", ", found)}], the configuration wants [{string.Join(", ", shape.ToArray())}]");
        return null;
    }

    /// <summary>Call once everything that reads from here is built.</summary>
    /// <param name="ignored">Names that may be in the file without being part of the model, such as a tower that another model lends.</param>
    /// <exception cref="UserError">Tensors are missing, have another shape, or are not part of the model; all are listed.</exception>
    public void Complete(Func<string, bool>? ignored = null)
    {
        var unexpected = stored.Keys.Where(name => !used.Contains(name) && !IsDerived(name) && ignored?.Invoke(name) != true).ToList();
        int count = missing.Count + complaints.Count + unexpected.Count;
        if (count > 0)
        {
            var all = missing.Select(name => Missing(name, unexpected)).Concat(complaints).Concat(unexpected.Select(Unexpected));
            string rest = count > MostListed ? $" ... and {count - MostListed} more" : "";
            throw new UserError($"{Checkpoint.Tensors.Path} does not fit its configuration: {string.Join("; ", all.Take(MostListed))}{rest}");
        }
        tower?.Complete(ignored: name => !CheckpointNames.IsTower(name));
    }

    private CheckpointParameters? Outside() =>
        tower ??= Checkpoint.OutsideTower is { } folder ? new CheckpointParameters(Checkpoint.Open(folder), mayLookOutside: false) : null;

    private string Missing(string name, List<string> unexpected)
    {
        string near = NearestTensor.To(name, unexpected) is { } found ? $" (there is {stored[found]})" : "";
        return $"missing {Checkpoint.Layout.ToTheirs(name)}{near}";
    }

    private string Unexpected(string name)
    {
        string near = NearestTensor.To(name, missing) is { } found ? $" (did you mean {Checkpoint.Layout.ToTheirs(found)}?)" : "";
        return $"unexpected {stored[name]}{near}";
    }

    // Tables that old checkpoints store although they can be computed, and a tied head that is the embedding once more.
    private static bool IsDerived(string name) =>
        name == "lm_head.weight" || name.EndsWith(".inv_freq", StringComparison.Ordinal) || name.EndsWith(".position_ids", StringComparison.Ordinal);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        tower?.Dispose();
        Checkpoint.Dispose();
    }
}
