using System.Reflection;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Recipes;

namespace LlavaMod.Fuzz;

/// <summary>
/// One reader of files: valid files for it, and how it is called. Every mutant of those files must load or give a typed error, within
/// limits of time and memory, and without a look outside its folder.
/// </summary>
public abstract class FuzzTarget
{
    private const long Mega = 1 << 20;

    private readonly Lazy<IReadOnlyList<Specimen>> seeds;

    protected FuzzTarget() => seeds = new(() => [.. MakeSeeds()]);

    /// <summary>All targets, by name.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } = OfAssembly(typeof(FuzzTarget).Assembly);

    /// <summary>The name in the catalog.</summary>
    public string Name => GetType().GetCustomAttribute<FuzzTargetAttribute>()!.Name;

    /// <summary>Small valid files, written by the product's own writers or by hand; the same ones in every process.</summary>
    public IReadOnlyList<Specimen> Seeds => seeds.Value;

    /// <summary>Bytes that reading may allocate, managed, for each byte of the files.</summary>
    public virtual long AllocatedPerByte => 64;

    /// <summary>Bytes that reading may allocate, managed, whatever the files' size.</summary>
    public virtual long AllocatedAtLeast => 2 * Mega;

    /// <summary>Bytes by which the process may grow beyond what is allocated, for native libraries and the collector's own needs.</summary>
    public virtual long Resident => 64 * Mega;

    /// <summary>Whether the reader may open files beside its folder, as a recipe's <c>extends</c> does.</summary>
    public virtual bool MayLeaveItsFolder => false;

    /// <summary>Whether an exception is what the reader documents for files that it refuses.</summary>
    public virtual bool IsTyped(Exception exception) => exception is UserError;

    /// <summary>Calls the reader, and uses what it gives.</summary>
    /// <exception cref="BrokenPromise">It gave something that it must not.</exception>
    public abstract void Read(Sandbox sandbox);

    protected abstract IEnumerable<Specimen> MakeSeeds();

    /// <summary>The targets of an assembly, by name.</summary>
    public static IReadOnlyList<FuzzTarget> OfAssembly(Assembly assembly)
    {
        Catalog.Register(assembly);
        return [.. Catalog<FuzzTarget>.Entries.Where(entry => entry.Type.Assembly == assembly).Select(entry => (FuzzTarget)entry.Create())];
    }
}

/// <summary>A reader gave something that it must not give.</summary>
public sealed class BrokenPromise(string message) : Exception(message);
