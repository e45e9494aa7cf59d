using System.Globalization;

namespace LlavaMod.Tokenization;

/// <summary>The lookups of <see cref="Nfc"/>, read from the embedded nfc.txt, whose first lines state its format.</summary>
internal sealed class NfcTables
{
    private readonly Dictionary<int, byte> classes = [];
    private readonly Dictionary<(int First, int Second), int> compositions = [];
    private readonly HashSet<int> activeCodes = [];

    /// <summary>One step of the canonical decomposition; Second is 0 for a singleton.</summary>
    public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

    public static NfcTables Read()
    {
        var tables = new NfcTables();
        using var stream = typeof(NfcTables).Assembly.GetManifestResourceStream("LlavaMod.Tokenization.nfc.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (!line.StartsWith('#'))
                tables.Add(line.Split(' '));
        return tables;
    }

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public int Class(int code) => code < 0x300 ? 0 : classes.GetValueOrDefault(code);

    /// <summary>Whether a text that holds <paramref name="code"/> may differ from its form C.</summary>
    public bool IsActive(int code) => activeCodes.Contains(code) || Hangul.IsTrailing(code);

    public bool TryCompose(int first, int second, out int composed)
        => Hangul.TryCompose(first, second, out composed) || compositions.TryGetValue((first, second), out composed);

    private void Add(string[] fields)
    {
        if (fields[0] == "class")
        {
            var range = fields[1].Split("..");
            for (var code = Hex(range[0]); code <= Hex(range[1]); code++)
            {
                classes[code] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
                activeCodes.Add(code);
            }
            return;
        }
        int whole = Hex(fields[1]), first = Hex(fields[2]), second = fields.Length > 3 ? Hex(fields[3]) : 0;
        Decompositions[whole] = (first, second);
        activeCodes.Add(fields[0] == "pair" ? second : whole);
        if (fields[0] == "pair")
            compositions[(first, second)] = whole;
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
