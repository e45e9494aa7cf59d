using System.Runtime.InteropServices;

namespace LlavaMod.Cli;

/// <summary>Turns the first Ctrl-C (or SIGTERM, or a closed terminal) into a cancelled token. The second ends the process at once.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interrupt()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Cancel))];
    }

    public CancellationToken Token => source.Token;

    private void Cancel(PosixSignalContext context)
    {
        if (source.IsCancellationRequested) return;
        context.Cancel = true;
        source.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }
}
