using System.Text;
using System.Text.RegularExpressions;

namespace LlavaMod.Fuzz.Mutations;

/// <summary>Changes to lines and numbers of a text.</summary>
internal static partial class TextMutations
{
    private const int MostLines = 5000;

    public static IReadOnlyList<Mutation> All { get; } = [DeleteLine, DuplicateLine, SwapLines, Indent, SetNumber, SetNumber, EmptyLine, ManyLines];

    public static byte[] SetNumber(byte[] file, Random random)
    {
        var text = Encoding.Latin1.GetString(file);
        var numbers = Number().Matches(text);
        if (numbers.Count == 0)
            return file;
        var number = numbers[random.Next(numbers.Count)];
        return ByteMutations.Replaced(file, number.Index, number.Length, Encoding.Latin1.GetBytes(Integers.NextText(random)));
    }

    private static byte[] DeleteLine(byte[] file, Random random) => Lines(file, lines => lines.RemoveAt(random.Next(lines.Count)));

    private static byte[] DuplicateLine(byte[] file, Random random) =>
        Lines(file, lines => lines.Insert(random.Next(lines.Count), lines[random.Next(lines.Count)]));

    private static byte[] EmptyLine(byte[] file, Random random) => Lines(file, lines => lines.Insert(random.Next(lines.Count), ""));

    private static byte[] ManyLines(byte[] file, Random random) =>
        Lines(file, lines => lines.InsertRange(random.Next(lines.Count), Enumerable.Repeat(lines[random.Next(lines.Count)], random.Next(MostLines))));

    private static byte[] SwapLines(byte[] file, Random random) => Lines(file, lines =>
    {
        int a = random.Next(lines.Count), b = random.Next(lines.Count);
        (lines[a], lines[b]) = (lines[b], lines[a]);
    });

    private static byte[] Indent(byte[] file, Random random) => Lines(file, lines =>
    {
        var at = random.Next(lines.Count);
        lines[at] = random.Next(3) switch
        {
            0 => lines[at].TrimStart(),
            1 => new string(' ', random.Next(1, 9)) + lines[at],
            _ => "\t" + lines[at],
        };
    });

    private static byte[] Lines(byte[] file, Action<List<string>> edit)
    {
        var lines = Encoding.Latin1.GetString(file).Split('\n').ToList();
        edit(lines);
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][-+]?\d+)?")]
    private static partial Regex Number();
}
