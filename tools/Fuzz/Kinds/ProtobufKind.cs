using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>Protobuf messages, such as tokenizer.model: fields of the first level move and change, with right lengths.</summary>
[FileKind("model", Summary = "protobuf")]
public sealed class ProtobufKind : FileKind
{
    private const int LengthDelimited = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [InFields(ChangeData), InFields(ChangeData), InFields(Delete), InFields(Duplicate), InFields(Swap), InFields(Renumber)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
    [
        "\x0a", "\x12", "\x1a", "\x08", "\x10\x01", "\x18\x06", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x80\x80\x80\x80\x08", "\x0a\xff\xff\xff\xff\x07", "\x15\0\0\xc0\x7f",
        "\x0b", "\x0c", "\x0f", "\x0a\x03\xe2\x96\x81", "\x0a\x02\xed\xa0", "\x0a\0", "\x98\x02\0",
    ];

    private static Mutation InFields(Action<List<(byte Tag, byte[] Data)>, Random> edit) => (file, random) =>
    {
        if (Parse(file) is not { Count: > 0 } fields)
            return file;
        edit(fields, random);
        return Join(fields);
    };

    private static void ChangeData(List<(byte Tag, byte[] Data)> fields, Random random)
    {
        var at = At(fields, random);
        fields[at] = (fields[at].Tag, ByteMutations.All[random.Next(ByteMutations.All.Count)](fields[at].Data, random));
    }

    private static void Delete(List<(byte Tag, byte[] Data)> fields, Random random) => fields.RemoveAt(At(fields, random));

    private static void Duplicate(List<(byte Tag, byte[] Data)> fields, Random random) => fields.Insert(random.Next(fields.Count), fields[At(fields, random)]);

    private static void Swap(List<(byte Tag, byte[] Data)> fields, Random random)
    {
        int a = At(fields, random), b = At(fields, random);
        (fields[a], fields[b]) = (fields[b], fields[a]);
    }

    private static void Renumber(List<(byte Tag, byte[] Data)> fields, Random random)
    {
        var at = At(fields, random);
        fields[at] = ((byte)((random.Next(1, 6) << 3) | LengthDelimited), fields[at].Data);
    }

    // The settings come last.
    private static int At(List<(byte Tag, byte[] Data)> fields, Random random) =>
        random.Next(2) == 0 ? random.Next(fields.Count) : fields.Count - 1 - random.Next(Math.Min(4, fields.Count));

    private static List<(byte Tag, byte[] Data)>? Parse(byte[] file)
    {
        var fields = new List<(byte, byte[])>();
        for (var at = 0; at < file.Length;)
        {
            var tag = file[at++];
            int length = 0, shift = 0;
            while (at < file.Length && shift < 28 && (file[at] & 0x80) != 0)
            {
                length |= (file[at++] & 0x7F) << shift;
                shift += 7;
            }
            if (at >= file.Length || (tag & 7) != LengthDelimited)
                return null;
            length |= file[at++] << shift;
            if (length < 0 || length > file.Length - at)
                return null;
            fields.Add((tag, file[at..(at + length)]));
            at += length;
        }
        return fields;
    }

    private static byte[] Join(List<(byte Tag, byte[] Data)> fields)
    {
        var file = new MemoryStream();
        foreach (var (tag, data) in fields)
        {
            file.WriteByte(tag);
            var length = (uint)data.Length;
            for (; length > 0x7F; length >>= 7)
                file.WriteByte((byte)(length | 0x80));
            file.WriteByte((byte)length);
            file.Write(data);
        }
        return file.ToArray();
    }
}
