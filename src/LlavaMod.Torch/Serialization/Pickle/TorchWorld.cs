namespace LlavaMod.Torch.Serialization.Pickle;

/// <summary>A storage: elements that several tensors may share.</summary>
/// <param name="DType">Their type.</param>
/// <param name="Start">The first byte in the file.</param>
/// <param name="Elements">How many.</param>
internal sealed record TorchStorage(DType DType, long Start, long Elements);

/// <summary>What PyTorch's files name in their pickles: the functions that build tensors, dictionaries and sizes, and the types of storages.</summary>
/// <param name="find">First byte and length of a storage's bytes in the file, by the storage's key; null where there is none.</param>
internal sealed class TorchWorld(Func<string, (long Start, long Length)?> find) : IPickleWorld
{
    private const int MostDimensions = 16;

    private static readonly PickleGlobal
        OrderedDict = new("collections", "OrderedDict"),
        Size = new("torch", "Size"),
        Rebuild = new("torch._utils", "_rebuild_tensor_v2"),
        RebuildParameter = new("torch._utils", "_rebuild_parameter");

    private static readonly Dictionary<string, DType> StorageTypes = new()
    {
        ["DoubleStorage"] = DType.Float64,
        ["FloatStorage"] = DType.Float32,
        ["HalfStorage"] = DType.Float16,
        ["BFloat16Storage"] = DType.BFloat16,
        ["LongStorage"] = DType.Int64,
        ["IntStorage"] = DType.Int32,
        ["ShortStorage"] = DType.Int16,
        ["CharStorage"] = DType.Int8,
        ["ByteStorage"] = DType.UInt8,
        ["BoolStorage"] = DType.Bool,
    };

    public bool Knows(PickleGlobal global) =>
        global == OrderedDict || global == Size || global == Rebuild || global == RebuildParameter || TypeOf(global) is not null;

    public object? Call(PickleGlobal global, object?[] arguments)
    {
        if (global == OrderedDict && arguments is []) return new PickleDictionary(ordered: true);
        if (global == Size && arguments is [object?[] sizes]) return sizes;
        if (global == Rebuild && arguments is [TorchStorage storage, long offset, object?[] shape, object?[] strides, bool, PickleDictionary { Count: 0 }, ..]
            && arguments.Length <= 7) return Tensor(storage, offset, Numbers(shape), Numbers(strides));
        if (global == RebuildParameter && arguments is [StoredTensor tensor, bool, PickleDictionary { Count: 0 }]) return tensor;
        throw new InvalidDataException($"'{global}' is called with {arguments.Length} arguments that it does not take");
    }

    // ("storage", type, key, device, elements)
    public object Persistent(object? id)
    {
        if (id is not object?[] parts || parts is not ["storage", PickleGlobal type, string key, string, long elements] || TypeOf(type) is not { } dtype)
            throw new InvalidDataException("a storage is not described as PyTorch does it");
        if (find(key) is not { } place) throw new InvalidDataException($"the storage '{key}' is not in the file");
        if (elements < 0 || elements > place.Length / dtype.Size())
            throw new InvalidDataException($"the storage '{key}' of {elements} {dtype} has {place.Length} bytes");
        return new TorchStorage(dtype, place.Start, elements);
    }

    private static DType? TypeOf(PickleGlobal global) =>
        global.Module is "torch" or "torch.cuda" && StorageTypes.TryGetValue(global.Name, out var dtype) ? dtype : null;

    private static long[] Numbers(object?[] tuple)
    {
        if (tuple.Length > MostDimensions) throw new InvalidDataException($"a tensor has {tuple.Length} dimensions; at most {MostDimensions} are read");
        return Array.ConvertAll(tuple, number => number is long and >= 0 and var size ? size : throw new InvalidDataException("a size or stride is not a whole number from 0 on"));
    }

    private static StoredTensor Tensor(TorchStorage storage, long offset, long[] shape, long[] strides)
    {
        string described = $"a tensor [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] from element {offset} on";
        if (shape.Length != strides.Length || offset < 0) throw new InvalidDataException($"{described} is impossible");
        try
        {
            long last = offset, elements = 1;
            for (int i = 0; i < shape.Length; i++)
            {
                elements = checked(elements * shape[i]);
                last = checked(last + Math.Max(shape[i] - 1, 0) * strides[i]);
            }
            // A tensor of more elements than its storage repeats some of them, and copying it could take any amount of memory.
            if (elements > 0 && (last >= storage.Elements || elements > storage.Elements))
                throw new InvalidDataException($"{described} does not fit its storage of {storage.Elements} elements");
        }
        catch (OverflowException)
        {
            throw new InvalidDataException($"{described} is impossible");
        }
        return new StoredTensor(storage.DType, shape, strides, storage.Start + offset * storage.DType.Size());
    }
}
