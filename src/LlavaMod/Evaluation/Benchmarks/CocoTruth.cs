using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// The objects in COCO's images as CHAIR has them (Rohrbach et al. 2018, arXiv 1809.02156, section 3): those that COCO's annotators outlined, and
/// those that its reference captions name. Files: <c>instances_val2014.json</c> and <c>captions_val2014.json</c>, and those of train2014 for images
/// of that part, in the folder or its <c>annotations</c>.
/// </summary>
internal sealed partial class CocoTruth
{
    private const int MostListed = 5;

    private static readonly string[] Parts = ["val2014", "train2014"];

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly CocoObjects finder;
    private readonly Dictionary<long, HashSet<string>> objects;

    private CocoTruth(CocoObjects finder, IEnumerable<long> images) => (this.finder, objects) = (finder, images.ToDictionary(id => id, _ => new HashSet<string>()));

    private sealed record Picture(long Id);

    private sealed record Category(long Id, string Name);

    private sealed record Instance(long ImageId, long CategoryId);

    private sealed record Reference(long ImageId, string Caption);

    /// <summary>The kinds of objects in some images, by the image's number.</summary>
    /// <param name="data">The folder with COCO's annotations.</param>
    /// <param name="finder">Finds objects in captions.</param>
    /// <param name="images">The images asked for.</param>
    /// <exception cref="UserError">A file is missing or damaged, or an image is in none of them.</exception>
    public static IReadOnlyDictionary<long, HashSet<string>> Read(BenchmarkFolder data, CocoObjects finder, IEnumerable<long> images)
    {
        var truth = new CocoTruth(finder, images);
        truth.ReadParts(data, "instances", truth.ReadInstances);
        truth.ReadParts(data, "captions", truth.ReadCaptions);
        return truth.objects;
    }

    /// <summary>The number of an image that is named by it or by its file, as in <c>COCO_val2014_000000000042.jpg</c>; null for another text.</summary>
    public static long? ImageOf(string name) =>
        FileName().Match(name) is { Success: true } match && long.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    // The larger train2014 is read only where val2014 does not have every image.
    private void ReadParts(BenchmarkFolder data, string content, Action<string, HashSet<long>> read)
    {
        string[] names = [.. Parts.Select(part => $"{content}_{part}.json")];
        var missing = objects.Keys.ToHashSet();
        data.Find([.. names.SelectMany(Places)]);
        foreach (string path in names.Select(name => Places(name).Select(data.TryFind).FirstOrDefault(path => path is not null)).OfType<string>())
        {
            read(path, missing);
            if (missing.Count == 0) return;
        }
        string first = string.Join(", ", missing.Order().Take(MostListed)) + (missing.Count > MostListed ? ", ..." : "");
        throw new UserError($"{missing.Count} of {objects.Count} images are in no {string.Join(" or ", names)} that is there (images {first})");
    }

    private static string[] Places(string name) => [name, $"annotations/{name}"];

    private void ReadInstances(string path, HashSet<long> missing)
    {
        var categories = new Dictionary<long, string>();
        var found = new HashSet<(long Image, long Category)>();
        JsonLists.Read(path, new Dictionary<string, JsonLists.Element>
        {
            ["images"] = json => missing.Remove(Parse<Picture>(json).Id),
            ["categories"] = json => Add(Parse<Category>(json)),
            ["annotations"] = json =>
            {
                var instance = Parse<Instance>(json);
                if (objects.ContainsKey(instance.ImageId)) found.Add((instance.ImageId, instance.CategoryId));
            },
        });
        foreach (var (image, category) in found) // the categories may come last
            objects[image].Add(categories.GetValueOrDefault(category) ?? throw new UserError($"{path}: image {image} has an object of category {category}, which the file does not name"));

        void Add(Category category) => categories[category.Id] = finder.KindOf(category.Name)
            ?? throw new UserError($"{path}: has the category '{category.Name}', which the table of synonyms does not have");
    }

    private void ReadCaptions(string path, HashSet<long> missing) => JsonLists.Read(path, new Dictionary<string, JsonLists.Element>
    {
        ["images"] = json => missing.Remove(Parse<Picture>(json).Id),
        ["annotations"] = json =>
        {
            var reference = Parse<Reference>(json);
            if (objects.TryGetValue(reference.ImageId, out var kinds)) kinds.UnionWith(finder.In(reference.Caption).Select(named => named.Kind));
        },
    });

    private static T Parse<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, Strict) ?? throw new JsonException("it is null");

    [GeneratedRegex(@"^(?:COCO_(?:val|train|test)\d{4}_)?(?<number>\d{1,18})(?:\.(?:jpg|jpeg|png))?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
