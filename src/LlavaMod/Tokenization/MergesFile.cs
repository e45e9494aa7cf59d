using System.Text;
using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>merges.txt: a version line, then one merge a line, left and right token separated by a space, in order of rank.</summary>
internal static class MergesFile
{
    private const long SizeLimit = 128 << 20;
    private const string Version = "#version: 0.2";

    /// <summary>The merges as token ids.</summary>
    /// <exception cref="UserError">A line is not two tokens, or a token or their concatenation is not in the vocabulary, or it repeats.</exception>
    public static List<(int Left, int Right, int Result)> Read(string path, Vocabulary vocabulary)
    {
        var merges = new List<(int Left, int Right, int Result)>();
        var seen = new HashSet<(int, int)>();
        var number = 0;
        using var reader = new StreamReader(new MemoryStream(BoundedFile.Read(path, SizeLimit)), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            var merge = Parse(line, vocabulary) ?? throw new UserError(
                $"{path}, line {number}: \"{line}\" is not two tokens of the vocabulary whose concatenation is one too.");
            if (!seen.Add((merge.Left, merge.Right)))
                throw new UserError($"{path}, line {number}: the merge \"{line}\" is repeated.");
            merges.Add(merge);
        }
        return merges;
    }

    /// <summary>Writes <paramref name="merges"/>.</summary>
    public static void Write(string path, IReadOnlyList<(int Left, int Right, int Result)> merges, Vocabulary vocabulary)
    {
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        writer.WriteLine(Version);
        foreach (var (left, right, _) in merges)
            writer.WriteLine($"{vocabulary.Tokens[left]} {vocabulary.Tokens[right]}");
    }

    private static (int Left, int Right, int Result)? Parse(string line, Vocabulary vocabulary)
    {
        var space = line.IndexOf(' ');
        if (space < 0)
            return null;
        var left = vocabulary.IdOf(line.AsSpan(0, space));
        var right = vocabulary.IdOf(line.AsSpan(space + 1));
        var result = vocabulary.IdOf(line.Remove(space, 1));
        return left < 0 || right < 0 || result < 0 ? null : (left, right, result);
    }
}
