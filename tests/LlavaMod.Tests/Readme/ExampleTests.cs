using System.Diagnostics;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Data.World;
using LlavaMod.Generation;
using LlavaMod.Tests.Generation;

namespace LlavaMod.Tests.Readme;

public sealed class ExampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void The_example_is_the_program_that_is_built_and_has_ten_lines()
    {
        var program = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "examples", "Ask", "Program.cs"));
        new Markdown("README.md").Blocks("csharp").ShouldHaveSingleItem().ShouldBe(program);
        program.TrimEnd().Split('\n').Length.ShouldBeLessThanOrEqualTo(10);
    }

    [Fact]
    public async Task The_example_answers_questions_about_a_picture()
    {
        using var folder = new TemporaryFolder();
        var path = folder["runs/quickstart/models/preference"];
        ModelOnDisk.Write(path);
        var (code, output, error) = await Run("Ask", folder.Path);
        error.ShouldBeEmpty();
        code.ShouldBe(0);

        var world = new ShapeWorld(seed: 5, imageSize: 60);
        var scene = world.Scene(WorldSplit.Validation, 0);
        using var chat = ChatModel.Load(path);
        var answers = ((string[])["Describe the image.", "Is there a red circle?"]).Select(question => $"{question} {chat.Answer(question, world.Render(scene))}\n");
        output.ShouldBe($"In the picture: {Caption.Of(scene)}\n{string.Concat(answers)}");
    }

    [Fact]
    public async Task The_streaming_example_is_the_program_of_the_page_and_says_what_the_model_says()
    {
        var program = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "examples", "Stream", "Program.cs"));
        new Markdown("docs/generation.md").Blocks("csharp").Last().ShouldBe(program);

        using var folder = new TemporaryFolder();
        var path = folder["runs/quickstart/models/preference"];
        ModelOnDisk.Write(path);
        var picture = new RgbImage(5, 3, [.. Enumerable.Range(0, 45).Select(value => (byte)(value * 5))]);
        Directory.CreateDirectory(folder["shapes/images"]);
        File.WriteAllBytes(folder["shapes/images/validation-000000.png"], PngEncoder.Encode(picture));
        var (code, output, error) = await Run("Stream", folder.Path);
        error.ShouldBeEmpty();
        code.ShouldBe(0);

        using var chat = ChatModel.Load(path);
        var conversation = new Conversation([new Turn(Role.Human, "<image>\nDescribe the image.")], [picture]);
        output.ShouldBe(chat.Answer(conversation, new GenerationOptions { MaxNewTokens = 64 }).Text + "\n");
    }

    // In a process of its own, as a user runs it: the program's paths start in the current folder.
    private static async Task<(int Code, string Output, string Error)> Run(string example, string folder)
    {
        var program = Path.Combine(AppContext.BaseDirectory, $"{example}.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await error);
    }
}
