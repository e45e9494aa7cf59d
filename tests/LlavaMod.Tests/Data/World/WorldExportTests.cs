using System.Text.Json;
using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public sealed class WorldExportTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("llavamod-world-").FullName;
    private readonly ShapeWorld world = new(9);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void The_files_hold_what_the_datasets_hold_in_LLaVA_layouts()
    {
        var folder = Path.Combine(root, "world");
        WorldExport.Write(folder, 12, world, image => image.Pixels);
        Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName)
            .ShouldBe(["images", "train.json", "validation.json", "held_out.json", "preference.json", "facts.jsonl"], ignoreOrder: true);
        Directory.GetFiles(Path.Combine(folder, "images")).Length.ShouldBe(12 + 2 + 2);

        var train = Read(folder, "train.json");
        var expected = new WorldDataset(world, WorldSplit.Train, WorldContent.Mixed, 12);
        train.Count.ShouldBe(12);
        for (var i = 0; i < 12; i++)
        {
            train[i].GetProperty("id").GetString().ShouldBe(expected[i].Id);
            Turns(train[i], "conversations").ShouldBe(expected[i].Turns.Select(turn => (turn.Role == LlavaMod.Data.Role.Human ? "human" : "gpt", turn.Text)));
            var image = Path.Combine(folder, "images", train[i].GetProperty("image").GetString()!);
            File.ReadAllBytes(image).ShouldBe(world.Render(world.Scene(WorldSplit.Train, i)).Pixels);
        }

        Read(folder, "validation.json").Count.ShouldBe(2);
        Read(folder, "held_out.json")[1].GetProperty("image").GetString().ShouldBe("held_out-000001.png");
        File.ReadAllText(Path.Combine(folder, "train.json")).ShouldContain("\"<image>\\n");

        var pair = Read(folder, "preference.json")[11];
        Turns(pair, "chosen").Last().ShouldBe(("gpt", Caption.Of(world.Scene(WorldSplit.Train, 11))));
        Turns(pair, "rejected").First().ShouldBe(("human", "<image>\nDescribe the image."));
    }

    [Fact]
    public void The_facts_name_every_object_of_every_image()
    {
        var folder = Path.Combine(root, "world");
        WorldExport.Write(folder, 10, world, _ => []);
        var lines = File.ReadAllLines(Path.Combine(folder, "facts.jsonl"));
        lines.Length.ShouldBe(12);
        var facts = JsonDocument.Parse(lines[3]).RootElement;
        facts.GetProperty("image").GetString().ShouldBe("train-000003.png");
        var scene = world.Scene(WorldSplit.Train, 3);
        facts.GetProperty("objects").EnumerateArray()
            .Select(item => $"{item.GetProperty("size")} {item.GetProperty("colour")} {item.GetProperty("shape")} {item.GetProperty("row")}{item.GetProperty("column")}")
            .ShouldBe(scene.Objects.Select(item => $"{item.Size.Word()} {item.Kind} {item.Row}{item.Column}"));
    }

    [Fact]
    public void A_folder_with_something_in_it_is_refused_and_left_as_it_was()
    {
        File.WriteAllText(Path.Combine(root, "mine.txt"), "mine");
        Should.Throw<UserError>(() => WorldExport.Write(root, 1, world, _ => [])).Message.ShouldContain(root);
        Should.Throw<UserError>(() => WorldExport.Write(Path.Combine(root, "mine.txt"), 1, world, _ => []));
        Directory.GetFileSystemEntries(root).ShouldHaveSingleItem();
        File.ReadAllText(Path.Combine(root, "mine.txt")).ShouldBe("mine");
    }

    [Fact]
    public void An_empty_folder_is_filled()
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, "empty")).FullName;
        WorldExport.Write(folder + Path.DirectorySeparatorChar, 1, world, _ => []);
        File.Exists(Path.Combine(folder, "train.json")).ShouldBeTrue();
    }

    [Fact]
    public void A_writing_that_fails_or_is_stopped_leaves_nothing_behind()
    {
        var folder = Path.Combine(root, "world");
        var images = 0;
        Should.Throw<UserError>(() => WorldExport.Write(folder, 9, world, _ => ++images < 5 ? [] : throw new IOException("disk full")))
            .Message.ShouldContain("disk full");
        Should.Throw<OperationCanceledException>(() => WorldExport.Write(folder, 9, world, _ => [], new CancellationToken(canceled: true)));
        Directory.GetFileSystemEntries(root).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(WorldExport.MaxCount + 1)]
    public void A_count_out_of_range_is_refused(int count) =>
        Should.Throw<UserError>(() => WorldExport.Write(Path.Combine(root, "world"), count, world, _ => [])).Message.ShouldContain($"{count}");

    private static List<JsonElement> Read(string folder, string file) =>
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, file))).RootElement.EnumerateArray()];

    private static IEnumerable<(string, string)> Turns(JsonElement record, string name) => record.GetProperty(name).EnumerateArray()
        .Select(turn => (turn.GetProperty("from").GetString()!, turn.GetProperty("value").GetString()!));
}
