using System.Runtime.InteropServices;

namespace LlavaMod.Cli;

/// <summary>Turns the first Ctrl-C (or SIGTERM, or a closed terminal) into a cancelled token. The second ends the process at once.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private volatile Func<bool>? first;

    public Interrupt()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = Press(context.Signal)))];
    }

    public CancellationToken Token => source.Token;

    /// <summary>Lets a verb have Ctrl-C before the token does, until what is returned is disposed.</summary>
    /// <param name="stop">Stops what the verb does at the moment; false where there is nothing to stop, and the token is cancelled.</param>
    public IDisposable Take(Func<bool> stop)
    {
        first = stop;
        return new Taken(this);
    }

    /// <summary>What a signal does; false where the process ends.</summary>
    public bool Press(PosixSignal signal)
    {
        if (signal == PosixSignal.SIGINT && first?.Invoke() == true) return true;
        if (source.IsCancellationRequested) return false;
        source.Cancel();
        return true;
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }

    private sealed class Taken(Interrupt interrupt) : IDisposable
    {
        public void Dispose() => interrupt.first = null;
    }
}
