using System.Diagnostics;

namespace LlavaMod.Cli.Tests.Launcher;

/// <summary>
/// A repository of the launcher and a few sources in a temporary folder, on a machine whose commands are ours: only what is in
/// <see cref="Tools"/> is on the PATH, and dotnet, apt-get, sudo, id and ldconfig are scripts that note how they were called.
/// </summary>
internal sealed class Checkout : IDisposable
{
    private static readonly string[] RealTools =
    [
        "bash", "sh", "env", "readlink", "realpath", "find", "sort", "cksum", "cut", "paste", "cat", "grep", "mkdir", "mktemp", "chmod", "basename", "mv",
        "rm", "flock", "sleep", "xargs",
    ];

    private readonly string home = Directory.CreateTempSubdirectory("llavamod launcher ").FullName;

    public Checkout()
    {
        Write("repository/src/LlavaMod.Cli/Program.cs", "return 0;");
        Write("repository/src/LlavaMod/Gone.cs", "");
        Write("repository/native/build.sh", "");
        Write("repository/recipes/toy.yaml", "");
        Write("repository/global.json", "{}");
        Write("repository/Directory.Build.props", "<Project/>");
        Environment = new() { ["PATH"] = Tools, ["HOME"] = home, ["CALLS"] = CallsFile, ["TORCH_HOME"] = Libtorch("torch") };
        File.Copy(Path.Combine(RealRoot(), "llavamod"), Launcher);
        Directory.CreateDirectory(Tools);
        foreach (var name in RealTools) File.CreateSymbolicLink(Path.Combine(Tools, name), Locate(name));
        foreach (var (name, script) in FakeTools.All) Fake(name, script);
    }

    /// <summary>The folder of all commands.</summary>
    public string Tools => Path.Combine(home, "tools");

    public string Root => Path.Combine(home, "repository");

    public string Launcher => Path.Combine(Root, "llavamod");

    public Dictionary<string, string> Environment { get; }

    /// <summary>How the fakes were called, a line each.</summary>
    public string[] Calls => File.Exists(CallsFile) ? File.ReadAllLines(CallsFile) : [];

    public int Builds => Calls.Count(call => call.StartsWith("dotnet publish", StringComparison.Ordinal));

    private string CallsFile => Path.Combine(home, "calls");

    public string Write(string path, string text)
    {
        path = Path.Combine(home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A folder that looks like a LibTorch.</summary>
    public string Libtorch(string name)
    {
        Write($"{name}/include/torch/library.h", "");
        Write($"{name}/lib/libtorch_cpu.so", "");
        return Path.Combine(home, name);
    }

    public void Fake(string name, string script)
    {
        var path = Write($"tools/{name}", $"#!/usr/bin/env bash\necho \"{name} $*\" >>\"$CALLS\"\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Remove(string tool) => File.Delete(Path.Combine(Tools, tool));

    public Task<Outcome> Run(params string[] args) => RunAs(Launcher, args);

    public Task<Outcome> RunAs(string launcher, params string[] args)
    {
        var info = new ProcessStartInfo(launcher, args) { WorkingDirectory = "/" };
        info.Environment.Clear();
        foreach (var (name, value) in Environment) info.Environment[name] = value;
        return Outcome.Of(Outcome.Start(info));
    }

    private static string Locate(string tool) => System.Environment.GetEnvironmentVariable("PATH")!.Split(':')
        .Select(folder => Path.Combine(folder, tool)).First(File.Exists);

    private static string RealRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LlavaMod.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    public void Dispose() => Directory.Delete(home, recursive: true);
}
