using System.Buffers.Binary;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>JPEG: sizes, components, tables and scans change; segments move and multiply, with right lengths.</summary>
[FileKind("jpg", Summary = "JPEG")]
public sealed class JpegKind : FileKind
{
    private const byte StartOfScan = 0xDA;

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } =
    [
        InSegments(SetFrame), InSegments(SetFrame), InSegments(ChangeData), InSegments(ChangeData), InSegments(Delete), InSegments(Duplicate), InSegments(Swap),
        InSegments(Remark), InSegments(ChangeScan),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
    [
        "\xff\xd8", "\xff\xd9", "\xff\xda", "\xff\xc0", "\xff\xc2", "\xff\xc4", "\xff\xdb", "\xff\xdd\0\x04\0\x01", "\xff\xd0", "\xff\xe1", "\xff\0", "\xff\xff\xff", "\xff\xc9",
        "\xff\xee\0\x0e" + "Adobe\0d\0\0\0\0\x02", "\xff\xdc\0\x04\0\0", "\xff\x01",
    ];

    private static Mutation InSegments(Action<List<Segment>, Random> edit) => (file, random) =>
    {
        if (Segment.Parse(file) is not { Count: > 0 } segments)
            return file;
        edit(segments, random);
        return Segment.Join(segments);
    };

    // Precision, height, width, components and their sampling.
    private static void SetFrame(List<Segment> segments, Random random)
    {
        var at = segments.FindIndex(segment => segment.Marker is >= 0xC0 and <= 0xC2);
        if (at < 0 || segments[at].Data.Length < 6)
            return;
        var data = (byte[])segments[at].Data.Clone();
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(1 + (2 * random.Next(2))), (ushort)Integers.Next(random));
        else
            data[random.Next(data.Length)] = (byte)random.Next(random.Next(2) == 0 ? 6 : 256);
        segments[at] = segments[at] with { Data = data };
    }

    private static void ChangeData(List<Segment> segments, Random random)
    {
        var at = random.Next(segments.Count);
        segments[at] = segments[at] with { Data = ByteMutations.All[random.Next(ByteMutations.All.Count)](segments[at].Data, random) };
    }

    private static void ChangeScan(List<Segment> segments, Random random)
    {
        var at = segments.FindLastIndex(segment => segment.Marker == StartOfScan);
        if (at >= 0)
            segments[at] = segments[at] with { Scan = ByteMutations.All[random.Next(ByteMutations.All.Count)](segments[at].Scan, random) };
    }

    private static void Delete(List<Segment> segments, Random random) => segments.RemoveAt(random.Next(segments.Count));

    private static void Duplicate(List<Segment> segments, Random random)
    {
        var copies = random.Next(6) == 0 ? random.Next(600) : 1; // many scans cost much time for few bytes
        segments.InsertRange(random.Next(segments.Count), Enumerable.Repeat(segments[random.Next(segments.Count)], copies));
    }

    private static void Swap(List<Segment> segments, Random random)
    {
        int a = random.Next(segments.Count), b = random.Next(segments.Count);
        (segments[a], segments[b]) = (segments[b], segments[a]);
    }

    private static void Remark(List<Segment> segments, Random random)
    {
        var at = random.Next(segments.Count);
        segments[at] = segments[at] with { Marker = (byte)random.Next(0xC0, 0x100) };
    }

    /// <summary>A marker, its data, and the coded picture that follows where it starts a scan.</summary>
    private sealed record Segment(byte Marker, byte[] Data, byte[] Scan)
    {
        public static List<Segment>? Parse(byte[] file)
        {
            if (file is not [0xFF, 0xD8, ..])
                return null;
            var segments = new List<Segment>();
            for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != 0xD9;)
            {
                int marker = file[at + 1], length = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2)), end = at + 2 + length;
                if (length < 2 || end > file.Length)
                    return null;
                var next = marker == StartOfScan ? NextMarker(file, end) : end;
                segments.Add(new Segment((byte)marker, file[(at + 4)..end], file[end..next]));
                at = next;
            }
            return segments;
        }

        public static byte[] Join(IEnumerable<Segment> segments)
        {
            var file = new MemoryStream();
            file.Write([0xFF, 0xD8]);
            foreach (var segment in segments)
            {
                var length = Math.Min(segment.Data.Length + 2, ushort.MaxValue);
                file.Write([0xFF, segment.Marker, (byte)(length >> 8), (byte)length]);
                file.Write(segment.Data);
                file.Write(segment.Scan);
            }
            file.Write([0xFF, 0xD9]);
            return file.ToArray();
        }

        // Within a scan, 0xFF is followed by 0 or by a restart marker.
        private static int NextMarker(byte[] file, int at)
        {
            while (at + 1 < file.Length && (file[at] != 0xFF || file[at + 1] is 0 or (>= 0xD0 and <= 0xD7)))
                at++;
            return at + 1 < file.Length ? at : file.Length;
        }
    }
}
