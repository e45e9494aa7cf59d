namespace LlavaMod.Teachers;

/// <summary>
/// Distributions of a sample as bytes. A position is two Float32, the log-normaliser and the negative entropy; the exact words, as the distance of each from
/// the one before in 7-bit groups, then their probabilities as Float32; and the number of drawn words with, for each, twice its distance from the one
/// before, plus one where a count follows, which is how often beyond twice it was drawn. All numbers are little-endian.
/// </summary>
internal static class SparseCode
{
    private const int LeastBytes = 14; // two numbers, one exact word and how many were drawn

    public static byte[] Write(IReadOnlyList<SparseDistribution> positions)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write7BitEncodedInt(positions.Count);
        writer.Write7BitEncodedInt(positions[0].TopIds.Length);
        foreach (var position in positions)
        {
            writer.Write(position.LogNormalizer);
            writer.Write(position.NegativeEntropy);
            int before = -1;
            foreach (int id in position.TopIds)
            {
                writer.Write7BitEncodedInt(id - before);
                before = id;
            }
            foreach (float probability in position.Top) writer.Write(probability);
            WriteDrawn(writer, position);
        }
        writer.Flush();
        return bytes.ToArray();
    }

    private static void WriteDrawn(BinaryWriter writer, SparseDistribution position)
    {
        writer.Write7BitEncodedInt(position.DrawnIds.Length);
        int before = -1;
        foreach (var (id, count) in position.DrawnIds.Zip(position.Counts))
        {
            writer.Write7BitEncodedInt((id - before) << 1 | (count > 1 ? 1 : 0));
            if (count > 1) writer.Write7BitEncodedInt(count - 2);
            before = id;
        }
    }

    /// <param name="bytes">What <see cref="Write"/> has written.</param>
    /// <param name="words">V: words from there on are none.</param>
    /// <exception cref="InvalidDataException">The bytes are not that.</exception>
    public static SparseDistribution[] Read(byte[] bytes, int words)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false));
        try
        {
            int count = reader.Read7BitEncodedInt(), top = reader.Read7BitEncodedInt();
            Require(count > 0 && count <= bytes.Length / LeastBytes + 1 && top is > 0 and <= CacheSampling.Most);
            var positions = new SparseDistribution[count];
            for (int i = 0; i < count; i++) positions[i] = ReadPosition(reader, top, words);
            Require(reader.BaseStream.Position == bytes.Length);
            return positions;
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException("it is no list of distributions", exception);
        }
    }

    private static SparseDistribution ReadPosition(BinaryReader reader, int top, int words)
    {
        float normalizer = reader.ReadSingle(), entropy = reader.ReadSingle();
        int[] ids = new int[top];
        for (int i = 0, before = -1; i < top; i++) ids[i] = before = Next(before, reader.Read7BitEncodedInt(), words);
        float[] probabilities = new float[top];
        for (int i = 0; i < top; i++) probabilities[i] = reader.ReadSingle();
        int drawn = reader.Read7BitEncodedInt();
        Require(drawn is >= 0 and <= CacheSampling.Most);
        int[] drawnIds = new int[drawn], counts = new int[drawn];
        for (int i = 0, before = -1; i < drawn; i++)
        {
            int step = reader.Read7BitEncodedInt();
            drawnIds[i] = before = Next(before, step >>> 1, words);
            counts[i] = (step & 1) == 0 ? 1 : reader.Read7BitEncodedInt() + 2;
            Require(counts[i] is > 0 and <= CacheSampling.Most);
        }
        return new SparseDistribution(normalizer, entropy, ids, probabilities, drawnIds, counts);
    }

    private static int Next(int before, int step, int words)
    {
        Require(step > 0 && step < words - before);
        return before + step;
    }

    private static void Require(bool holds)
    {
        if (!holds) throw new InvalidDataException("it is no list of distributions");
    }
}
