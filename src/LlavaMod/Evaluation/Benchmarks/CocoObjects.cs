using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Finds COCO's 80 kinds of objects in a caption, as CHAIR does (Rohrbach et al. 2018, arXiv 1809.02156, section 3): words in the singular, pairs of
/// words that are one object joined, synonyms mapped to the kind.
/// </summary>
public sealed partial class CocoObjects
{
    private static readonly string[] Animals = ["bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "animal", "cub"];
    private static readonly string[] Vehicles = ["jet", "train"];

    // Objects of two words, and pairs that would be taken for an object but are none.
    private static readonly string[] Pairs =
    [
        "motor bike", "motor cycle", "air plane", "traffic light", "street light", "traffic signal", "stop light", "fire hydrant", "stop sign",
        "parking meter", "suit case", "sports ball", "baseball bat", "baseball glove", "tennis racket", "wine glass", "hot dog", "cell phone",
        "mobile phone", "teddy bear", "hair drier", "potted plant", "bow tie", "laptop computer", "stove top oven", "home plate", "train track",
    ];

    // Plurals that no ending gives away; and one that WordNet, which the published scores were made with, takes for a blood vessel.
    private static readonly FrozenDictionary<string, string> Irregular = new Dictionary<string, string>
    {
        ["children"] = "child", ["grandchildren"] = "grandchild", ["mice"] = "mouse", ["geese"] = "goose", ["oxen"] = "ox", ["knives"] = "knife",
        ["pocketknives"] = "pocketknife", ["calves"] = "calf", ["wolves"] = "wolf", ["teeth"] = "tooth", ["feet"] = "foot", ["vases"] = "vas",
    }.ToFrozenDictionary();

    private static readonly (string Plural, string Singular)[] Endings =
        [("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y"), ("s", "")];

    private readonly Dictionary<string, string> kindOf = [];
    private readonly Dictionary<string, string> pairs = [];
    private readonly HashSet<string> parts = []; // of words and pairs

    private CocoObjects(IEnumerable<string[]> synonyms)
    {
        foreach (string[] words in synonyms)
        {
            foreach (string word in words) kindOf.TryAdd(word, words[0]);
        }
        foreach (string pair in Pairs) pairs[pair] = pair;
        foreach (string animal in Animals) pairs[$"baby {animal}"] = pairs[$"adult {animal}"] = animal;
        foreach (string vehicle in Vehicles) pairs[$"passenger {vehicle}"] = vehicle;
        pairs["bow tie"] = "tie";
        pairs["toilet seat"] = "toilet";
        foreach (string word in kindOf.Keys.Concat(pairs.Keys).SelectMany(words => words.Split(' '))) parts.Add(word);
    }

    /// <summary>Reads a table of synonyms: a line for each kind, its name first, commas between.</summary>
    /// <exception cref="UserError">The file cannot be read or holds no kinds.</exception>
    public static CocoObjects Read(string path)
    {
        var rows = PublishedFile.Lines(path).Select(line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 0).ToList();
        return rows.Count > 0 ? new CocoObjects(rows) : throw new UserError($"{path}: holds no kinds of objects");
    }

    /// <summary>The kind that a word is the name of, or a synonym; null for another word.</summary>
    public string? KindOf(string word) => kindOf.GetValueOrDefault(word);

    /// <summary>The objects that a caption names, in order: the word that names each, and its kind.</summary>
    public IReadOnlyList<(string Word, string Kind)> In(string caption)
    {
        string[] words = [.. Token().Matches(caption.ToLowerInvariant()).Select(token => Singular(token.Value))];
        var joined = new List<string>();
        for (int i = 0; i < words.Length; i++)
        {
            if (i + 1 < words.Length && pairs.TryGetValue($"{words[i]} {words[i + 1]}", out string? pair))
            {
                joined.Add(pair);
                i++;
            }
            else joined.Add(words[i]);
        }
        if (joined.Contains("toilet")) joined.RemoveAll(word => word == "seat"); // its seat is no chair
        return [.. joined.Where(kindOf.ContainsKey).Select(word => (word, kindOf[word]))];
    }

    // The shortest form that an object's name has a use for; what no object is called may stay as it is.
    private string Singular(string word)
    {
        if (Irregular.TryGetValue(word, out string? irregular)) return irregular;
        var forms = Endings.Where(ending => word.Length > ending.Plural.Length && word.EndsWith(ending.Plural, StringComparison.Ordinal))
            .Select(ending => word[..^ending.Plural.Length] + ending.Singular).Where(parts.Contains);
        return forms.OrderBy(form => form.Length).FirstOrDefault(word);
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]")]
    private static partial Regex Token();
}
