namespace LlavaMod.Tests;

/// <summary>A folder that goes away with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("llavamod-").FullName;

    /// <summary>The path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file in it, making its folders.</summary>
    public string Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Copies the files of a folder into it.</summary>
    public void CopyFrom(string folder, params string[] names)
    {
        foreach (var name in names)
            File.WriteAllBytes(this[name], File.ReadAllBytes(System.IO.Path.Combine(folder, name)));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
