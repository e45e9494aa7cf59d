using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LlavaMod.Cli.Tests;

internal static partial class Signals
{
    private const int SigInt = 2;

    /// <summary>What Ctrl-C sends.</summary>
    public static void Interrupt(Process process) => kill(process.Id, SigInt).ShouldBe(0);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
