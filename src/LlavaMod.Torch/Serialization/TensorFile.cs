namespace LlavaMod.Torch.Serialization;

/// <summary>
/// A file of named tensors. Opening reads and checks what the file says about itself; a tensor's elements are then seen in place
/// (<see cref="Load"/>) or read into memory of their own (<see cref="Read"/>).
/// </summary>
public abstract unsafe class TensorFile : IDisposable
{
    private const int Piece = 8 << 20; // bytes held beside the tensor while it is converted or moved

    private readonly FileBytes bytes;

    private protected TensorFile(FileBytes bytes) => this.bytes = bytes;

    /// <summary>The file.</summary>
    public string Path => bytes.Path;

    /// <summary>Tensors by name, in the order of the file.</summary>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Names of all tensors, in the order of the file.</summary>
    public IEnumerable<string> Names => Tensors.Keys;

    /// <summary>Opens a file of the format that its name ends in: .bin, .pt and .pth are PyTorch's, everything else is safetensors.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or not of that format.</exception>
    public static TensorFile Open(string path) =>
        System.IO.Path.GetExtension(path) is ".bin" or ".pt" or ".pth" ? TorchFile.Open(path) : SafetensorsFile.Open(path);

    /// <summary>Whether the file has a tensor of this name.</summary>
    public bool Contains(string name) => Tensors.ContainsKey(name);

    /// <summary>A tensor as a view of the mapped file, owned by the current scope.</summary>
    /// <exception cref="KeyNotFoundException">No tensor of this name.</exception>
    public Tensor Load(string name)
    {
        var stored = Find(name);
        return stored.Elements == 0 ? Create.Empty(stored.Shape, stored.DType) : InPlace(stored, bytes.View);
    }

    /// <summary>
    /// A tensor in memory of its own, of the wanted type and on the wanted device, owned by the current scope. Beside that memory only a few
    /// megabytes are held, whatever the tensor's size.
    /// </summary>
    /// <exception cref="KeyNotFoundException">No tensor of this name.</exception>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    public Tensor Read(string name, DType dtype, Device device)
    {
        var stored = Find(name);
        using var scope = new TensorScope();
        var target = Create.Empty(stored.Shape, dtype, device);
        if (device == Device.Meta || stored.Elements == 0) return scope.Return(target);
        if (!stored.IsContiguous) target.Copy_(InPlace(stored, bytes.PassingView));
        else if (dtype == stored.DType && device.IsCpu) Fill(target, stored.Start);
        else Convert(stored, target);
        return scope.Return(target);
    }

    private StoredTensor Find(string name) =>
        Tensors.TryGetValue(name, out var stored) ? stored : throw new KeyNotFoundException($"{Path} has no tensor '{name}'");

    private static Tensor InPlace(StoredTensor stored, FlatView view)
    {
        if (stored.IsContiguous) return view(stored.Start, stored.Shape, stored.DType);
        using var scope = new TensorScope();
        return scope.Return(view(stored.Start, [stored.Extent], stored.DType).AsStrided(stored.Shape, stored.Strides));
    }

    private void Fill(Tensor target, long start)
    {
        var (data, length) = target.Memory;
        for (long done = 0; done < length; done += Piece)
        {
            bytes.Read(new Span<byte>((byte*)data + done, (int)Math.Min(Piece, length - done)), start + done);
        }
    }

    private void Convert(StoredTensor stored, Tensor target)
    {
        long total = stored.Elements, most = Piece / stored.DType.Size();
        var piece = Create.Empty([Math.Min(most, total)], stored.DType);
        var flat = target.Reshape(-1);
        for (long done = 0; done < total; done += most)
        {
            using var scope = new TensorScope();
            var part = piece.Narrow(0, 0, Math.Min(most, total - done));
            Fill(part, stored.Start + done * stored.DType.Size());
            flat.Narrow(0, done, part.Elements).Copy_(part);
        }
    }

    /// <summary>Closes the file; tensors already loaded stay valid.</summary>
    public void Dispose()
    {
        bytes.Dispose();
        GC.SuppressFinalize(this);
    }

    private delegate Tensor FlatView(long start, ReadOnlySpan<long> shape, DType dtype);
}
