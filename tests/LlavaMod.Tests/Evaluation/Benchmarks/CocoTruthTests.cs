using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>Object HalBench over COCO's own files.</summary>
public sealed class CocoTruthTests : IDisposable
{
    private const string Instances = """
        {"info": {"year": 2014, "more": {"url": ["a"]}}, "licenses": [{"id": 1}], "images": [{"id": 42, "file_name": "COCO_val2014_000000000042.jpg"}, {"id": 7}],
         "annotations": [{"id": 1, "image_id": 42, "category_id": 18, "segmentation": [[1.5, 2, 3]], "iscrowd": 0}, {"id": 2, "image_id": 8, "category_id": 99}],
         "categories": [{"supercategory": "animal", "id": 18, "name": "dog"}]}
        """;

    private const string Captions = """
        {"images": [{"id": 42}, {"id": 7}], "annotations": [{"image_id": 42, "id": 3, "caption": "A man with a puppy."}, {"image_id": 7, "id": 4, "caption": "A tie."}]}
        """;

    private readonly TemporaryFolder folder = new();

    public CocoTruthTests()
    {
        folder.Write("synonyms_refine.txt", "person, man, woman\ndog, puppy\ntie\ncat\n");
        folder.Write("obj_halbench_300_with_image.jsonl", """{"image_id": 42, "question": "What?", "image": "AAAA", "org_idx": 0}""" + "\n" + """{"image_id": "000000000007", "question": "And?"}""" + "\n");
        folder.Write("annotations/instances_val2014.json", Instances);
        folder.Write("annotations/captions_val2014.json", Captions);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("question_id", "42", "text")]
    [InlineData("image_id", "42", "answer")]
    [InlineData("image_id", "\"000000000042\"", "caption")]
    [InlineData("question_id", "\"COCO_val2014_000000000042.jpg\"", "text")]
    [InlineData("question_id", "\"000000000042.jpg\"", "text")]
    public void An_images_objects_are_those_outlined_and_those_that_captions_name(string id, string image, string text)
    {
        string answers = folder.Write("answers.jsonl", $$"""{"{{id}}": {{image}}, "{{text}}": "A woman, a dog and a cat."}""" + "\n" + $$"""{"{{id}}": 7, "{{text}}": "Ties"}""");
        var metrics = new ObjectHalBench().Score(folder.Path, answers).Figures.Metrics;
        metrics["chair_i"].ShouldBe(1 / 4.0); // the cat
        metrics["chair_s"].ShouldBe(1 / 2.0);
        metrics["recall"].ShouldBe(1);
    }

    [Fact]
    public void Images_that_are_not_of_val2014_are_looked_up_in_train2014()
    {
        folder.Write("obj_halbench_300_with_image.jsonl", """{"image_id": 42}""" + "\n" + """{"image_id": 9}""");
        Should.Throw<UserError>(() => Truth(42, 9)).Message.ShouldBe("1 of 2 images are in no instances_val2014.json or instances_train2014.json that is there (images 9)");
        folder.Write("instances_train2014.json", """{"images": [{"id": 9}], "annotations": [{"image_id": 9, "category_id": 1}], "categories": [{"id": 1, "name": "cat"}]}""");
        folder.Write("captions_train2014.json", """{"images": [{"id": 9}], "annotations": []}""");
        var truth = Truth(42, 9);
        truth[42].ShouldBe(["dog", "person"]);
        truth[9].ShouldBe(["cat"]);
    }

    [Fact]
    public void An_image_without_objects_has_none()
    {
        folder.Write("annotations/captions_val2014.json", """{"images": [{"id": 7}], "annotations": []}""");
        Truth(7)[7].ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"images": [], "annotations": [], "categories": []} {}""", "cut short")]
    [InlineData("""{"images": [{"id": 42}], "annotations": [""", "cut short")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("""{"images": [], "annotations": 3, "categories": []}""", "annotations is not a list")]
    [InlineData("""{"images": [], "images": [], "annotations": [], "categories": []}""", "has images twice")]
    [InlineData("""{"images": []}""", "has no list named categories and none named annotations")]
    [InlineData("""{"images": [], "annotations": [{"image_id": "42"}], "categories": []}""", "annotations, element 1")]
    [InlineData("""{"images": [], "annotations": [{"image_id": 42}], "categories": []}""", "annotations, element 1")]
    [InlineData("""{"images": [], "annotations": [null], "categories": []}""", "annotations, element 1: it is null")]
    [InlineData("""{"images": [], "annotations": [{"image_id": 42, "category_id": 5}], "categories": []}""", "category 5, which the file does not name")]
    [InlineData("""{"images": [], "annotations": [], "categories": [{"id": 1, "name": "unicorn"}]}""", "the category 'unicorn', which the table of synonyms does not have")]
    [InlineData("""{"images": [], "annotations": [], "categories": [], "\ud800": 1}""", "a name in it is not text")]
    public void Damaged_annotations_are_refused_with_their_place(string json, string complaint)
    {
        string path = folder.Write("annotations/instances_val2014.json", json);
        var error = Should.Throw<UserError>(() => Truth(42));
        error.Message.ShouldStartWith(path);
        error.Message.ShouldContain(complaint);
        error.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void A_list_longer_than_what_is_held_in_memory_is_read_through_compression()
    {
        // Elements lie across the ends of the buffer, and one is larger than it.
        var json = new StringBuilder("""{"images": [{"id": 42}], "annotations": [""");
        for (int i = 0; i < 3000; i++) json.Append(CultureInfo.InvariantCulture, $$"""{"segmentation": [[{{string.Join(", ", Enumerable.Range(0, i == 1500 ? 100_000 : i % 100))}}]], "image_id": {{i}}, "category_id": 18}, """);
        json.Append("""{"image_id": 42, "category_id": 1}], "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "tie"}]}""");
        File.Delete(Path.Combine(folder.Path, "annotations/instances_val2014.json"));
        using (var file = new GZipStream(File.Create(Path.Combine(folder.Path, "instances_val2014.json.gz")), CompressionLevel.Fastest))
            file.Write(Encoding.UTF8.GetBytes(json.ToString()));
        Truth(42)[42].ShouldBe(["dog", "tie", "person"], ignoreOrder: true);
    }

    [SharedFact("data/eval/chair")]
    public void Published_objects_of_images_come_from_their_outlines_and_captions()
    {
        var rows = File.ReadLines(RepositoryFiles.Shared("data/eval/chair/answers_and_ground_truth.jsonl")!).Select(line => JsonElement.Parse(line))
            .DistinctBy(row => row.GetProperty("image_id").GetString()).ToList();
        var images = rows.Select(row => new { id = CocoTruth.ImageOf(row.GetProperty("image_id").GetString()!) }).ToList();
        var kinds = rows.SelectMany(row => Texts(row, "instances")).Distinct().ToList();
        folder.Write("annotations/instances_val2014.json", JsonSerializer.Serialize(new
        {
            images,
            annotations = rows.SelectMany((row, i) => Texts(row, "instances").Select(kind => new { image_id = images[i].id, category_id = kinds.IndexOf(kind) })),
            categories = kinds.Select((name, id) => new { id, name }),
        }));
        folder.Write("annotations/captions_val2014.json", JsonSerializer.Serialize(new
        {
            images,
            annotations = rows.SelectMany((row, i) => Texts(row, "gt_captions").Select(caption => new { image_id = images[i].id, caption })),
        }));
        File.Copy(RepositoryFiles.Shared("data/eval/chair/synonyms_refine.txt")!, Path.Combine(folder.Path, "synonyms_refine.txt"), overwrite: true);
        var truth = Truth([.. images.Select(image => image.id!.Value)]);
        for (int i = 0; i < rows.Count; i++) truth[images[i].id!.Value].Order().ShouldBe(Texts(rows[i], "gt_objects").Order());
    }

    private IReadOnlyDictionary<long, HashSet<string>> Truth(params long[] images) =>
        CocoTruth.Read(new BenchmarkFolder(folder.Path), CocoObjects.Read(Path.Combine(folder.Path, "synonyms_refine.txt")), images);

    private static IEnumerable<string> Texts(JsonElement row, string name) => row.GetProperty(name).EnumerateArray().Select(text => text.GetString()!);
}
