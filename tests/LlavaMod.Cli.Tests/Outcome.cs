using System.Diagnostics;

namespace LlavaMod.Cli.Tests;

/// <summary>What a command line came to.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static Process Start(ProcessStartInfo info)
    {
        info.RedirectStandardOutput = info.RedirectStandardError = info.RedirectStandardInput = true;
        var process = Process.Start(info)!;
        process.StandardInput.Close();
        return process;
    }

    public static async Task<Outcome> Of(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(Patience);
            return new Outcome(process.ExitCode, await output, await error);
        }
    }
}
