namespace LlavaMod.Tests;

/// <summary>Files that tests read where they lie: fixtures in the repository, and other people's data beside it, which may be absent.</summary>
public static class RepositoryFiles
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a file or folder under <c>../shared</c>; null where it is absent.</summary>
    public static string? Shared(string path)
    {
        var full = Path.GetFullPath(Path.Combine(Root, "..", "shared", path));
        return Path.Exists(full) ? full : null;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LlavaMod.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"no LlavaMod.slnx above {AppContext.BaseDirectory}");
    }
}

/// <summary>A fact about data under <c>../shared</c>, skipped where that is absent.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path)
    {
        if (RepositoryFiles.Shared(path) is null)
            Skip = $"../shared/{path} is absent";
    }
}

/// <summary>A theory about data under <c>../shared</c>, skipped where that is absent.</summary>
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string path)
    {
        if (RepositoryFiles.Shared(path) is null)
            Skip = $"../shared/{path} is absent";
    }
}
