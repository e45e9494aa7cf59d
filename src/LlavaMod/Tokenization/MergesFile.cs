using System.Text;
using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>merges.txt: a version line, then one merge a line, left and right token separated by a space, in order of rank.</summary>
internal static class MergesFile
{
    private const string Version = "#version: 0.2";

    /// <summary>The merges as token ids.</summary>
    /// <exception cref="UserError">A line is not two tokens, or a token or their concatenation is not in the vocabulary, or it repeats.</exception>
    public static List<(int Left, int Right, int Result)> Read(string path, Vocabulary vocabulary)
    {
        var merges = new List<(int Left, int Right, int Result)>();
        var seen = new HashSet<(int, int)>();
        var number = 0;
        using var reader = new StreamReader(new MemoryStream(BoundedFile.Read(path, TokenizerFiles.SizeLimit)), Encoding.UTF8);
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

    /// <summary>The file of <paramref name="merges"/>.</summary>
    public static byte[] Write(IReadOnlyList<(int Left, int Right, int Result)> merges, Vocabulary vocabulary)
    {
        var text = new StringBuilder(Version).Append('\n');
        foreach (var (left, right, _) in merges)
            text.Append(vocabulary.Tokens[left]).Append(' ').Append(vocabulary.Tokens[right]).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A merge of two tokens; null where one of the three is not in the vocabulary.</summary>
    public static (int Left, int Right, int Result)? Of(ReadOnlySpan<char> left, ReadOnlySpan<char> right, Vocabulary vocabulary)
    {
        var merge = (Left: vocabulary.IdOf(left), Right: vocabulary.IdOf(right), Result: vocabulary.IdOf(string.Concat(left, right)));
        return merge.Left < 0 || merge.Right < 0 || merge.Result < 0 ? null : merge;
    }

    private static (int Left, int Right, int Result)? Parse(string line, Vocabulary vocabulary)
    {
        var space = line.IndexOf(' ');
        return space < 0 ? null : Of(line.AsSpan(0, space), line.AsSpan(space + 1), vocabulary);
    }
}
