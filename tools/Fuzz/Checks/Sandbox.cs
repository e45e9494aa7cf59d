namespace LlavaMod.Fuzz.Checks;

/// <summary>
/// Where a reader finds the files of a mutant: <c>inside/</c>, and beside it <c>outside/</c>, with valid files of the same names that must
/// never be opened.
/// </summary>
public sealed class Sandbox : IDisposable
{
    private const string Memory = "/dev/shm"; // where there is one, tens of thousands of files never reach a disk

    private readonly string root;
    private readonly OutsideWatch watch;
    private readonly GuardedBytes guarded = new();
    private Specimen specimen = new([]);

    public Sandbox(FuzzTarget target)
    {
        var parent = Directory.Exists(Memory) ? Memory : Path.GetTempPath();
        root = Path.Combine(parent, $"llavamod-fuzz-{Environment.ProcessId}-{target.Name}");
        Outside = Path.Combine(root, "outside");
        Directory.CreateDirectory(Outside);
        foreach (var seed in target.Seeds)
            seed.WriteTo(Outside);
        watch = new OutsideWatch(Outside);
    }

    /// <summary>The folder with the mutant's files.</summary>
    public string Folder => Path.Combine(root, "inside");

    /// <summary>The folder that must not be read.</summary>
    public string Outside { get; }

    /// <summary>The path of a file or folder.</summary>
    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>
    /// The bytes of a file, followed by memory that cannot be read: a reader that goes past the end crashes. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<byte> Bytes(string name) => guarded.Put(specimen.Files.First(file => file.Name == name).Naming(Outside));

    /// <summary>The name of the first file.</summary>
    public string First => specimen.Files[0].Name;

    /// <summary>Replaces what is inside.</summary>
    public void Put(Specimen files)
    {
        specimen = files;
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
        files.WriteTo(Folder, Outside);
        watch.Opened();
    }

    /// <summary>What was opened outside since the files were put in; null for nothing.</summary>
    public string? OpenedOutside() => watch.Opened();

    /// <inheritdoc/>
    public void Dispose()
    {
        watch.Dispose();
        guarded.Dispose();
        Directory.Delete(root, recursive: true);
    }
}
