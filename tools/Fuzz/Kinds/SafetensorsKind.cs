using System.Buffers.Binary;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>Safetensors: the header changes as JSON does, and its length is made right again.</summary>
[FileKind("safetensors", Summary = "safetensors")]
public sealed class SafetensorsKind : FileKind
{
    private const int Prefix = 8;

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [InHeader(JsonMutations.Any), InHeader(JsonMutations.Any), InHeader(TextMutations.SetNumber), SetLength];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
    [
        "\"dtype\":\"F64\"", "\"F32\"", "\"BF16\"", "\"I8\"", "\"BOOL\"", "\"F8_E4M3\"", "\"shape\":[", "\"shape\":[]", "\"data_offsets\":[", "\"__metadata__\":{", "[0,0]",
        "4294967296", "9223372036854775807", .. JsonKind.JsonWords,
    ];

    private static Mutation InHeader(Mutation mutation) => (file, random) =>
    {
        if (HeaderLength(file) is not { } length)
            return file;
        var header = mutation(file[Prefix..(Prefix + length)], random);
        var changed = ByteMutations.Replaced(file, Prefix, length, header);
        BinaryPrimitives.WriteInt64LittleEndian(changed, header.Length);
        return changed;
    };

    private static byte[] SetLength(byte[] file, Random random)
    {
        if (file.Length < Prefix)
            return file;
        var changed = (byte[])file.Clone();
        var close = file.Length - Prefix + random.Next(-2, 3);
        BinaryPrimitives.WriteInt64LittleEndian(changed, random.Next(2) == 0 ? close : Integers.Next(random));
        return changed;
    }

    private static int? HeaderLength(byte[] file)
    {
        if (file.Length < Prefix)
            return null;
        var length = BinaryPrimitives.ReadInt64LittleEndian(file);
        return length >= 0 && length <= file.Length - Prefix ? (int)length : null;
    }
}
