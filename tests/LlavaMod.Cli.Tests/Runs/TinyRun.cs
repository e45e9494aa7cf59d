namespace LlavaMod.Cli.Tests.Runs;

/// <summary>A run of <see cref="TinyRecipe"/> from beginning to end, in a process of its own, for every test that needs one. Nobody writes to it.</summary>
public sealed class TinyRun : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-run-").FullName;

    public string Recipe => Path.Combine(folder, "tiny.yaml");

    public string Root => Path.Combine(folder, "run");

    internal Outcome Outcome { get; private set; } = new(-1, "", "");

    public string Model(string stage) => Path.Combine(Root, "models", stage);

    public async Task InitializeAsync()
    {
        TinyRecipe.Write(folder);
        Outcome = await Cli.RunApart("train", Recipe, "--out", Root);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }
}

/// <summary>The tests that share one <see cref="TinyRun"/>.</summary>
[CollectionDefinition(Name)]
public sealed class TinyRunCollection : ICollectionFixture<TinyRun>
{
    public const string Name = "a tiny run";
}
