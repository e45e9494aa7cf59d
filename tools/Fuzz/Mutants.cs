using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz;

/// <summary>Mutants of a target's seeds. Each is a function of the target, the seed and its number alone.</summary>
public static class Mutants
{
    private const int MostChanges = 6;
    private const int MostGrowth = 1 << 16;

    /// <summary>The mutant of a number.</summary>
    public static Specimen Of(FuzzTarget target, int seed, long number)
    {
        var random = new Random(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{target.Name}/{number}"))));
        var specimen = target.Seeds[random.Next(target.Seeds.Count)];
        var index = random.Next(specimen.Files.Count);
        var file = specimen.Files[index];
        return specimen.With(index, Changed(file, Others(target, file), random));
    }

    private static byte[] Changed(SpecimenFile file, SpecimenFile[] others, Random random)
    {
        var kind = FileKind.Of(file.Name);
        var bytes = file.Bytes;
        var changes = 1 + random.Next(random.Next(1, MostChanges + 1));
        for (var change = 0; change < changes; change++)
            bytes = Change(bytes, kind, others, random);
        if (random.Next(4) > 0)
            bytes = kind.Repair(bytes);
        return bytes.Length <= file.Bytes.Length + MostGrowth ? bytes : bytes[..(file.Bytes.Length + MostGrowth)];
    }

    private static byte[] Change(byte[] bytes, FileKind kind, SpecimenFile[] others, Random random)
    {
        var way = random.Next(20);
        if (way < 10 && kind.Mutations.Count > 0)
            return Pick(kind.Mutations, random)(bytes, random);
        if (way < 13 && kind.Words.Count > 0)
            return ByteMutations.PutWord(bytes, Encoding.Latin1.GetBytes(Pick(kind.Words, random)), random);
        if (way == 13 && others.Length > 0)
            return ByteMutations.Splice(bytes, Pick(others, random).Bytes, random);
        return Pick(ByteMutations.All, random)(bytes, random);
    }

    private static SpecimenFile[] Others(FuzzTarget target, SpecimenFile file) =>
        [.. target.Seeds.SelectMany(seed => seed.Files).Where(other => other != file && Path.GetExtension(other.Name) == Path.GetExtension(file.Name))];

    private static T Pick<T>(IReadOnlyList<T> list, Random random) => list[random.Next(list.Count)];
}
