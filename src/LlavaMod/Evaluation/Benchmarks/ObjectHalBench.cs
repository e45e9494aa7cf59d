using System.Text.Json.Nodes;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Object HalBench (Yu et al. 2023, arXiv 2312.00849), with CHAIR's own way of finding objects (arXiv 1809.02156) instead of a language model:
/// the share of descriptions that name an object which is not in the image (<c>chair_s</c>), and the share of named objects which are not
/// (<c>chair_i</c>). Files: <c>synonyms_refine.txt</c>, <c>obj_halbench_300_with_image.jsonl</c>, and COCO's <c>instances_val2014.json</c> and
/// <c>captions_val2014.json</c> (of train2014 too for images of that part), or instead of these a <c>*ground_truth.jsonl</c> with a line
/// <c>{question_id, gt_objects}</c> for each question. Answers are about the image whose number or file name is their id.
/// </summary>
[Benchmark("object-halbench", Summary = "Object HalBench, objects that are not there: CHAIR (arXiv 2312.00849, 1809.02156)")]
public sealed class ObjectHalBench : Benchmark<ObjectHalBench.Question, ObjectHalBench.Scored>
{
    private const string Asked = "obj_halbench_300_with_image.jsonl";
    private const string GroundTruth = "*ground_truth.jsonl";

    /// <summary>A question for a description.</summary>
    /// <param name="Objects">The kinds of objects in its image.</param>
    /// <param name="Finder">Finds kinds of objects in text.</param>
    public sealed record Question(IReadOnlySet<string> Objects, CocoObjects Finder);

    /// <summary>What a description says.</summary>
    /// <param name="Named">Objects that it names.</param>
    /// <param name="Absent">Those of them that are not in the image.</param>
    /// <param name="Found">Kinds in the image that it names.</param>
    /// <param name="Present">Kinds in the image.</param>
    public sealed record Scored(int Named, int Absent, int Found, int Present);

    /// <inheritdoc/>
    public override int MaxNewTokens => LlavaPrompt.LongAnswer;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) =>
        PublishedRow.ByKey(PublishedFile.Rows(data.Find(Asked)), row => $"{Image(row)}", row => row).Select(entry => new BenchmarkQuestion(
            entry.Key, entry.Value.Question("question"), Picture(data, entry.Value))
        {
            HasNumericId = true,
            Extra = new JsonObject { ["image_id"] = Image(entry.Value) },
        });

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        var finder = CocoObjects.Read(data.Find("synonyms_refine.txt", "synonyms.txt"));
        return data.TryFind(GroundTruth) is { } path
            ? PublishedRow.ByKey(PublishedFile.Rows(path), row => Key(row.Text("question_id")), row => new Question(Listed(row, finder), finder))
            : FromCoco(data, finder);
    }

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => PublishedFile.Rows(path).Select(row => new AnswerRow(
        row.TextOr("question_id", null) ?? row.Text("image_id"), row.TextOr("image_id", ""), row.TextOr("text", null) ?? row.TextOr("answer", null) ?? row.Text("caption")));

    /// <summary>LLaVA-MoD's answers number the questions and name the image besides.</summary>
    /// <inheritdoc/>
    protected override Func<AnswerRow, string> KeysAmong(IReadOnlyDictionary<string, Question> items) =>
        row => Key(row.Prompt) is var image && items.ContainsKey(image) ? image : Key(row.QuestionId);

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer)
    {
        var named = item.Finder.In(answer.Text);
        return new Scored(named.Count, named.Count(one => !item.Objects.Contains(one.Kind)), item.Objects.Count(kind => named.Any(one => one.Kind == kind)), item.Objects.Count);
    }

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        var withObjects = scored.Where(one => one.Named > 0).ToList();
        return new Figures(new Dictionary<string, double>
        {
            ["chair_s"] = Figures.Share(scored, one => one.Absent > 0),
            ["chair_i"] = Ratio.Of(scored.Sum(one => (long)one.Absent), scored.Sum(one => (long)one.Named)),
            ["chair_s_refined"] = Figures.Share(withObjects, one => one.Absent > 0),
            ["recall"] = Ratio.Of(scored.Sum(one => (long)one.Found), scored.Sum(one => (long)one.Present)),
        });
    }

    private static long Image(PublishedRow row) =>
        CocoTruth.ImageOf(row.Text("image_id")) ?? throw row.Complaint($"has '{row.Text("image_id")}' as image_id; expected the number of a COCO image");

    // The file has its pictures in it; without them they are COCO's.
    private static BenchmarkImage Picture(BenchmarkFolder data, PublishedRow row)
    {
        string file = $"{Image(row):D12}.jpg";
        return row.TextOr("image", null) is { } base64
            ? new BenchmarkImage(file, () => TablePictures.Decode(base64, row.Complaint))
            : data.Picture([$"COCO_val2014_{file}", $"COCO_train2014_{file}", file], "val2014", "train2014", "images");
    }

    // An image is the same by its number, with zeros before it, and by its file's name.
    private static string Key(string id) => CocoTruth.ImageOf(id) is { } number ? $"{number}" : id;

    private static HashSet<string> Listed(PublishedRow row, CocoObjects finder)
    {
        string[] objects = row.Texts("gt_objects");
        return objects.FirstOrDefault(name => finder.KindOf(name) is null) is { } unknown
            ? throw row.Complaint($"has the object '{unknown}', which the table of synonyms does not have")
            : [.. objects];
    }

    private static Dictionary<string, Question> FromCoco(BenchmarkFolder data, CocoObjects finder)
    {
        var images = PublishedRow.ByKey(PublishedFile.Rows(data.Find(Asked, GroundTruth)), row => Key(row.Text("image_id")), Image);
        var truth = CocoTruth.Read(data, finder, images.Values);
        return images.ToDictionary(image => image.Key, image => new Question(truth[image.Value], finder));
    }
}
