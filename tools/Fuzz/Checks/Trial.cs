using System.Diagnostics;

namespace LlavaMod.Fuzz.Checks;

/// <summary>Gives one mutant to its reader and sees whether every promise holds.</summary>
public static class Trial
{
    /// <summary>Processor time that one mutant may take. Time on the clock says little on a busy machine.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    public static Verdict Run(FuzzTarget target, Specimen mutant, Sandbox sandbox)
    {
        sandbox.Put(mutant);
        var resident = ResidentMemory.Reset();
        var time = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var verdict = Read(target, sandbox);
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        time = Environment.CpuUsage.TotalTime - time;
        resident = ResidentMemory.Peak() - resident;
        return verdict.Ending == Ending.Failed ? verdict
            : sandbox.OpenedOutside() is { } opened && !target.MayLeaveItsFolder ? Failed("outside", $"opened {opened} outside the folder")
            : Limits(target, mutant.Size, time, allocated, resident) ?? verdict;
    }

    private static Verdict Read(FuzzTarget target, Sandbox sandbox)
    {
        try
        {
            target.Read(sandbox);
            return new Verdict(Ending.Loaded, "", "");
        }
        catch (BrokenPromise e)
        {
            return Failed("promise", e.Message);
        }
        catch (Exception e) when (target.IsTyped(e))
        {
            return new Verdict(Ending.Refused, e.GetType().Name, e.Message);
        }
        catch (Exception e)
        {
            return Failed($"{e.GetType().Name} at {Place(e)}", e.ToString());
        }
    }

    private static Verdict? Limits(FuzzTarget target, long size, TimeSpan time, long allocated, long resident)
    {
        var most = target.AllocatedAtLeast + (target.AllocatedPerByte * size);
        if (time > MostTime)
            return Failed("time", $"took {time.TotalSeconds:F1} s of processor time");
        if (allocated > most)
            return Failed("allocation", $"allocated {allocated:N0} bytes for {size:N0} bytes of files; the limit is {most:N0}");
        return resident > most + target.Resident
            ? Failed("resident memory", $"the process grew by {resident:N0} bytes for {size:N0} bytes of files; the limit is {most + target.Resident:N0}")
            : null;
    }

    private static Verdict Failed(string kind, string detail) => new(Ending.Failed, kind, detail);

    // The innermost method of ours.
    private static string Place(Exception exception)
    {
        var method = new StackTrace(exception).GetFrames().Select(frame => frame.GetMethod())
            .FirstOrDefault(method => method?.DeclaringType?.FullName?.StartsWith("LlavaMod", StringComparison.Ordinal) == true);
        return method is null ? "?" : $"{method.DeclaringType!.Name}.{method.Name}";
    }
}
