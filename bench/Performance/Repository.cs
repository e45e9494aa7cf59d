using System.ComponentModel;
using System.Diagnostics;

namespace LlavaMod.Performance;

/// <summary>The clone that is measured: the peers' scripts are in it.</summary>
internal static class Repository
{
    /// <summary>Its folder, above the one from which this program runs.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The commit's short name, with a plus where files differ from it, but for the page that figures go to; "unknown" without git.</summary>
    public static string Revision() => Git("rev-parse", "--short", "HEAD") is { } name
        ? name + (Git("status", "--porcelain", "-uno", "--", ".", ":!docs/performance.md") is "" ? "" : "+")
        : "unknown";

    private static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LlavaMod.slnx"))) return folder.FullName;
        }
        throw new UserError($"{start}: is in no clone of this repository; run bench/run in one");
    }

    private static string? Git(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["-C", Root, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string printed = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? printed : null;
        }
        catch (Win32Exception)
        {
            return null; // there is none
        }
    }
}
