using System.Text;

/// <summary>
/// Texts of about 2 KB: English and code from this repository, Chinese, emoji and white space by chance. By bytes: 40 % English, 25 % code,
/// 20 % Chinese, 10 % emoji, 5 % white space.
/// </summary>
internal static class MixedText
{
    private const int TextLength = 1500; // characters
    private const string Punctuation = "，。、；：？！";

    public static string[] Kinds { get; } = ["English", "code", "Chinese", "emoji", "white"];

    public static List<(string Kind, string Text)> Make(string root, int bytes, int seed)
    {
        var random = new Random(seed);
        var english = Files(root, "*.md").Concat(Files(root, "*.cs").SelectMany(Comments)).ToArray();
        var code = Files(root, "*.cs").ToArray();
        var texts = new List<(string Kind, string Text)>();
        Fill(texts, "English", bytes * 40 / 100, () => Cut(english[random.Next(english.Length)], random));
        Fill(texts, "code", bytes * 25 / 100, () => Cut(code[random.Next(code.Length)], random));
        Fill(texts, "Chinese", bytes * 20 / 100, () => Chinese(random));
        Fill(texts, "emoji", bytes * 10 / 100, () => Emoji(random));
        Fill(texts, "white", bytes * 5 / 100, () => WhiteSpace(random));
        return texts;
    }

    private static void Fill(List<(string Kind, string Text)> texts, string kind, int bytes, Func<string> make)
    {
        for (var left = bytes; left > 0; left -= Encoding.UTF8.GetByteCount(texts[^1].Text))
            texts.Add((kind, make()));
    }

    private static IEnumerable<string> Files(string root, string pattern) => Directory.EnumerateFiles(root, pattern, SearchOption.AllDirectories)
        .Where(path => !path.Contains("/bin/") && !path.Contains("/obj/") && !path.Contains("/.build/")).Order(StringComparer.Ordinal)
        .Select(File.ReadAllText).Where(text => text.Length > 200);

    private static IEnumerable<string> Comments(string code)
    {
        var text = string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("///")).Select(line => line[3..].Trim()));
        return text.Length > 200 ? [text] : [];
    }

    private static string Cut(string text, Random random)
    {
        var at = random.Next(Math.Max(text.Length - TextLength, 1));
        return text.Substring(at, Math.Min(TextLength, text.Length - at));
    }

    // Characters by a steep frequency, as in real text, in clauses of 4 to 20.
    private static string Chinese(Random random)
    {
        var text = new StringBuilder();
        while (text.Length < TextLength / 2)
        {
            for (var length = random.Next(4, 21); length > 0; length--)
                text.Append((char)(0x4E00 + (int)(Math.Pow(random.NextDouble(), 4) * 5000) * 37 % 20_000));
            text.Append(Punctuation[random.Next(Punctuation.Length)]);
        }
        return text.ToString();
    }

    private static string Emoji(Random random)
    {
        var text = new StringBuilder();
        while (text.Length < TextLength / 2)
        {
            text.Append(new Rune(random.Next(0x1F300, 0x1F650)));
            if (random.Next(4) == 0)
                text.Append("\u200d\ufe0f");
            if (random.Next(3) == 0)
                text.Append(" ok ");
        }
        return text.ToString();
    }

    private static string WhiteSpace(Random random)
    {
        var text = new StringBuilder();
        while (text.Length < TextLength)
            text.Append(new string(" \t\n"[random.Next(3)], random.Next(1, 20))).Append(random.Next(3) == 0 ? "x" : "");
        return text.ToString();
    }
}
