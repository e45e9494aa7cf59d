namespace LlavaMod.Cli.Tests;

public class EnvTests
{
    [Fact]
    public void Env_names_what_is_in_use()
    {
        var outcome = Cli.Run("env");
        outcome.Code.ShouldBe(0);
        foreach (var name in new[] { "libtorch", "devices", "BLAS", "bf16", "threads", "JPEG", "PNG", "WebP", "GIF", "BMP" })
            outcome.Output.Split('\n').ShouldContain(line => line.StartsWith($"{name} "));
    }

    [Fact]
    public async Task Without_libtorch_env_says_what_to_do_instead_of_crashing()
    {
        var folder = Directory.CreateTempSubdirectory("llavamod-env-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(AppContext.BaseDirectory).Where(file => Path.GetFileName(file) != "liblm_torch.so"))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));

            var outcome = await Outcome.Of(Cli.Start(folder, "env"));

            outcome.Code.ShouldBe(1);
            outcome.Output.ShouldContain("libtorch    missing");
            outcome.Output.ShouldContain("apt-get install");
            outcome.Error.ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
