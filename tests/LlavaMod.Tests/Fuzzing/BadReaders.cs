using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlavaMod.Fuzz;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Tests.Fuzzing;

/// <summary>Readers that take their own file, and on every other do what no reader may.</summary>
public abstract class BadReader : FuzzTarget
{
    private const string Valid = "valid";

    public override void Read(Sandbox sandbox)
    {
        if (File.ReadAllText(sandbox["file.txt"]) != Valid)
            Misbehave(sandbox);
    }

    protected abstract void Misbehave(Sandbox sandbox);

    protected override IEnumerable<Specimen> MakeSeeds() => [new Specimen("file.txt", Valid)];
}

[FuzzTarget("crashes", Summary = "aborts in native code")]
public sealed class Crashes : BadReader
{
    protected override void Misbehave(Sandbox sandbox) => Abort();

    [DllImport("libc", EntryPoint = "abort")]
    private static extern void Abort();
}

[FuzzTarget("reads-on", Summary = "reads a byte behind the file")]
public sealed class ReadsOn : BadReader
{
    protected override void Misbehave(Sandbox sandbox)
    {
        var bytes = sandbox.Bytes("file.txt");
        Volatile.Read(ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), bytes.Length));
    }
}

[FuzzTarget("spins", Summary = "never ends")]
public sealed class Spins : BadReader
{
    protected override void Misbehave(Sandbox sandbox) => SpinWait.SpinUntil(() => false);
}

[FuzzTarget("waits", Summary = "never ends, and does nothing meanwhile")]
public sealed class Waits : BadReader
{
    protected override void Misbehave(Sandbox sandbox) => Thread.Sleep(Timeout.Infinite);
}

[FuzzTarget("throws", Summary = "throws what it does not document")]
public sealed class Throws : BadReader
{
    protected override void Misbehave(Sandbox sandbox) => throw new IndexOutOfRangeException("oh");
}

[FuzzTarget("hoards", Summary = "allocates far more than the file has")]
public sealed class Hoards : BadReader
{
    protected override void Misbehave(Sandbox sandbox) => GC.KeepAlive(new byte[10 << 20]);
}

[FuzzTarget("hoards-natively", Summary = "the same, where the collector does not see it")]
public sealed class HoardsNatively : BadReader
{
    protected override void Misbehave(Sandbox sandbox)
    {
        const int Size = 100 << 20, Page = 4096;
        var block = Marshal.AllocHGlobal(Size);
        for (var at = 0; at < Size; at += Page)
            Marshal.WriteByte(block, at, 1);
        Marshal.FreeHGlobal(block);
    }
}

[FuzzTarget("strays", Summary = "opens a file beside its folder")]
public sealed class Strays : BadReader
{
    protected override void Misbehave(Sandbox sandbox) => File.ReadAllBytes(sandbox["../outside/file.txt"]);
}
