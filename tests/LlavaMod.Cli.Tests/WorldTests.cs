using System.Text.Json;

namespace LlavaMod.Cli.Tests;

public sealed class WorldTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-world-").FullName;

    private string Target => Path.Combine(folder, "world");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void World_writes_images_and_conversations_about_them()
    {
        Cli.Run("world", "--out", Target, "--count", "5", "--seed", "1").Code.ShouldBe(0);
        using var train = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Target, "train.json")));
        train.RootElement.GetArrayLength().ShouldBe(5);
        foreach (var sample in train.RootElement.EnumerateArray())
            File.Exists(Path.Combine(Target, "images", sample.GetProperty("image").GetString()!)).ShouldBeTrue();
    }

    [Fact]
    public void A_folder_that_holds_something_is_left_alone()
    {
        File.WriteAllText(Path.Combine(folder, "mine.txt"), "mine");
        var outcome = Cli.Run("world", "--out", folder);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        File.ReadAllText(Path.Combine(folder, "mine.txt")).ShouldBe("mine");
    }

    [Theory]
    [InlineData("many", "--count is a whole number, not 'many' (see llavamod world --help)")]
    [InlineData("0", "a world on disk has 1 to 1000000 training scenes, not 0")]
    public void A_count_that_makes_no_sense_is_refused(string count, string message) =>
        Cli.Run("world", "--out", Target, "--count", count).ShouldBe(new Outcome(1, "", $"llavamod: {message}\n"));

    [Fact]
    public async Task Ctrl_C_stops_with_130_and_leaves_nothing_behind()
    {
        var process = Cli.Start(AppContext.BaseDirectory, "world", "--out", Target, "--count", "1000000");
        while (!Directory.EnumerateFileSystemEntries(folder).Any()) await Task.Delay(20);
        Signals.Interrupt(process);

        var outcome = await Outcome.Of(process);

        outcome.Code.ShouldBe(130);
        outcome.Error.ShouldBe("llavamod: stopped\n");
        Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
    }
}
