namespace LlavaMod.Cli;

/// <summary>The folder that a verb makes.</summary>
internal static class OutputFolder
{
    /// <summary>Refuses one that holds something.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="advice">What to do then.</param>
    /// <exception cref="UserError">A file or a folder that is not empty is there.</exception>
    public static void RequireNew(string path, string advice = "give a new folder with --out")
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new UserError($"{path} exists already; {advice}");
    }
}
