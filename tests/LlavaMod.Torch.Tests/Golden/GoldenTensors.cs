using System.Text.Json;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// The stored numbers of one golden case: <c>expected.safetensors</c> holds inputs (<c>in.*</c>) and what the public implementation gave
/// for them (<c>out.*</c>), <c>manifest.json</c> says how far off each may be.
/// </summary>
public sealed class GoldenTensors : IDisposable
{
    private readonly string folder;
    private readonly JsonDocument manifest;
    private readonly SafetensorsFile file;
    private readonly HashSet<string> compared = [];

    private GoldenTensors(string folder, JsonDocument manifest, SafetensorsFile file)
    {
        this.folder = folder;
        this.manifest = manifest;
        this.file = file;
    }

    public static GoldenTensors Open(string folder) => new(
        folder,
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json"))),
        SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors")));

    /// <summary>The settings of the case.</summary>
    public JsonElement Parameters => manifest.RootElement.GetProperty("params");

    public IEnumerable<string> Names => file.Names;

    public bool Contains(string name) => file.Contains(name);

    /// <summary>A stored tensor, owned by the current scope.</summary>
    public Tensor this[string name] => file.Load(name);

    /// <summary>How far off an element may be; 0 for integers and masks.</summary>
    public double Tolerance(string name) => manifest.RootElement.GetProperty("tensors").GetProperty(name).TryGetProperty("tol", out var tolerance)
        ? tolerance.GetDouble()
        : throw new InvalidOperationException($"{folder}: '{name}' has no tolerance: it is an input");

    /// <summary>
    /// Compares all elements, or those where the mask is not 0; the mask covers the leading dimensions ([B, T] for logits [B, T, V]).
    /// </summary>
    public void ShouldMatch(string name, Tensor actual, Tensor? mask = null)
    {
        using var scope = new TensorScope();
        compared.Add(name);
        var expected = this[name];
        string title = $"{Path.GetFileName(folder)}: {name}";
        if (!actual.Shape.SequenceEqual(expected.Shape)) throw new ShouldAssertException($"{title}: {actual} where {expected} is expected");
        if (mask is not null && !expected.Shape.AsSpan().StartsWith(mask.Shape))
        {
            throw new ArgumentException($"{title}: the mask {mask} does not cover the leading dimensions of {expected}", nameof(mask));
        }
        Compare(title, actual.ToArray<double>(), expected.ToArray<double>(), mask?.ToArray<bool>() ?? [true], expected.Shape, Tolerance(name));
    }

    /// <summary>Fails where an output whose name starts so has not been compared: none is passed over for having a new name.</summary>
    public void ShouldHaveComparedAll(string prefix)
    {
        var outputs = Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        string title = Path.GetFileName(folder);
        if (outputs.Count == 0) throw new ShouldAssertException($"{title}: there is no {prefix}*");
        var passedOver = outputs.Where(name => !compared.Contains(name)).ToList();
        if (passedOver.Count > 0) throw new ShouldAssertException($"{title}: not compared: {string.Join(", ", passedOver)}");
    }

    private static void Compare(string title, double[] actual, double[] expected, bool[] mask, long[] shape, double tolerance)
    {
        double worst = -1;
        int place = 0, off = 0, compared = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!mask[i / (expected.Length / mask.Length)]) continue;
            compared++;
            double difference = Difference(actual[i], expected[i]);
            if (difference > tolerance) off++;
            if (difference <= worst) continue;
            (worst, place) = (difference, i);
        }
        if (compared == 0 && expected.Length > 0) throw new ShouldAssertException($"{title}: the mask leaves nothing to compare");
        if (off == 0) return;
        throw new ShouldAssertException(
            $"{title}: {off} of {compared} elements are off; the worst, at [{string.Join(", ", Coordinates(place, shape))}], is " +
            $"{actual[place]:g9} where {expected[place]:g9} is expected: off by {worst:g3}, tolerance {tolerance:g3}");
    }

    // Equal infinities and NaN where NaN is expected match; a NaN elsewhere is infinitely far off.
    private static double Difference(double actual, double expected)
    {
        if (actual.Equals(expected)) return 0;
        double difference = Math.Abs(actual - expected);
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    private static long[] Coordinates(long place, long[] shape)
    {
        var coordinates = new long[shape.Length];
        for (int i = shape.Length - 1; i >= 0; i--) (place, coordinates[i]) = Math.DivRem(place, shape[i]);
        return coordinates;
    }

    public void Dispose()
    {
        file.Dispose();
        manifest.Dispose();
    }
}
