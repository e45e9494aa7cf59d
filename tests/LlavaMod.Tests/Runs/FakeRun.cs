using System.Buffers.Binary;
using System.IO.Compression;
using LlavaMod.Recipes;
using LlavaMod.Runs;

namespace LlavaMod.Tests.Runs;

/// <summary>The files of a run that never took place: four stages, a control, experts that come to differ between words and pictures.</summary>
internal static class FakeRun
{
    private static readonly string[] Models = ["teacher", "student-sft", "student-d2d", "student-d2s", "student-preference"];

    public static RunFolder Write(string path)
    {
        using var run = RunFolder.Create(path, Recipe());
        using (var metrics = MetricsWriter.Create(run.Metrics))
        {
            foreach (var step in Steps("train-teacher", 420, 3.4, 0.31, [("cross-entropy", 1)]).Concat(Steps("init", 60, 3.1, 2.2, [("cross-entropy", 1)]))
                .Concat(Steps("d2d", 300, 2.4, 0.72, [("forward-kl", 1)])).Concat(Steps("d2s", 1500, 1.6, 0.48, [("forward-kl", 0.62), ("cross-entropy", 0.33), ("load-balance", 0.05)], experts: true))
                .Concat(Steps("preference", 80, 0.5, 0.36, [("kto-pair", 0.9), ("load-balance", 0.1)], experts: true)))
                metrics.Write(step);
        }
        Summary().Write(run.Summary);
        SampleAnswers.Write(run.Samples, [.. Enumerable.Range(0, 6).Select(Sample)]);
        return run;
    }

    public static RunSummary Summary() => new(0, 301.6,
        [
            new(Models[0], 4_812_416, 4_812_416, 0.937, 0.881, 0.952, 0.061, 0.024, 95.2),
            new(Models[1], 1_204_992, 902_400, 0.716, 0.583, 0.801, 0.242, 0.112, 88.1),
            new(Models[2], 811_776, 811_776, 0.781, 0.654, 0.846, 0.187, 0.086, 61.7),
            new(Models[3], 1_204_992, 902_400, 0.822, 0.702, 0.871, 0.153, 0.067, 104.5),
            new(Models[4], 1_204_992, 902_400, 0.815, null, 0.874, 0.094, 0.041, 118.9),
        ],
        [
            new("train-teacher", 420, 1_720_320, 18_071.6, 3.41, 0.312),
            new("init", 60, 245_760, 30_720, 3.12, 2.21),
            new("d2d", 300, 1_228_800, 22_755.5, 2.42, 0.723),
            new("d2s", 1500, 6_144_000, 58_794.2, 1.61, 0.484),
            new("preference", 80, 655_360, 45_510.8, 0.5, 0.362),
        ]);

    /// <summary>A square picture of a disc, as PNG in base64.</summary>
    public static string Picture(int seed)
    {
        const int Side = 28;
        using var raw = new MemoryStream();
        using (var packed = new ZLibStream(raw, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var y = 0; y < Side; y++)
            {
                packed.WriteByte(0);
                for (var x = 0; x < Side; x++)
                {
                    var inside = Math.Pow(x - 9 - (seed % 3 * 5), 2) + Math.Pow(y - 13, 2) < 49;
                    packed.Write(inside ? [(byte)(60 + (seed * 70 % 190)), (byte)(200 - (seed * 40 % 180)), (byte)(seed * 90 % 250)] : (byte[])[240, 240, 235]);
                }
            }
        }
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(png, "IHDR", [0, 0, 0, Side, 0, 0, 0, Side, 8, 2, 0, 0, 0]);
        Chunk(png, "IDAT", raw.ToArray());
        Chunk(png, "IEND", []);
        return Convert.ToBase64String(png.ToArray());
    }

    public static IEnumerable<StepMetrics> Steps(string stage, int steps, double from, double to, (string Name, double Share)[] objectives, bool experts = false)
    {
        var random = new Random(stage.Length);
        for (var step = 1; step <= steps; step++)
        {
            var done = (double)step / steps;
            var loss = to + ((from - to) * Math.Exp(-5 * done)) + ((random.NextDouble() - 0.5) * 0.25 * to) + (step == steps / 3 ? from : 0);
            yield return new StepMetrics(stage, step, steps, loss, 1e-3 * (1 - done), 0.8 + random.NextDouble(), 4096, 0.11,
                objectives.ToDictionary(objective => objective.Name, objective => new ObjectiveMetrics(loss, Share(objectives, objective, done, random))),
                experts ? [Layer(0, done, random), Layer(2, done, random)] : []);
        }
    }

    private static double Share((string Name, double Share)[] all, (string Name, double Share) one, double done, Random random) =>
        all.Length == 1 ? 1 : one.Share * (1 + ((one.Name == all[0].Name ? -0.4 : 0.6) * done)) * (0.9 + (0.2 * random.NextDouble()));

    private static ExpertMetrics Layer(int layer, double done, Random random)
    {
        var text = Load(done, [1.9, 0.4, 1.1, 0.6], random);
        var visual = Load(done, layer == 0 ? [0.3, 1.6, 0.2, 1.9] : [0.05, 1.2, 2.3, 0.45], random);
        return new ExpertMetrics(layer, [.. text.Zip(visual, (a, b) => (a + b) / 2)], text, visual);
    }

    private static double[] Load(double done, double[] target, Random random)
    {
        var load = target.Select(goal => Math.Max(0, 1 + ((goal - 1) * done) + ((random.NextDouble() - 0.5) * 0.3))).ToArray();
        return [.. load.Select(value => value / load.Sum())];
    }

    private static SampleAnswers Sample(int index)
    {
        var (prompt, truth, wrong) = (index % 3) switch
        {
            0 => ("What colour is the circle?", "red", "blue"),
            1 => ("How many objects are there?", "3", "4"),
            _ => ("Describe the image.", "a small red circle, a large blue square and a small green triangle", "a small red circle, a large blue square and a large yellow cross"),
        };
        return new SampleAnswers(Picture(index), prompt, truth, Models.Select((model, i) => (model, Answer: (i + index) % 4 == 1 ? wrong : truth)).ToDictionary(answer => answer.model, answer => answer.Answer));
    }

    private static Recipe Recipe() => new()
    {
        Name = "quickstart",
        Models = new(),
        Data = new(),
        Stages = [],
    };

    private static void Chunk(Stream png, string type, byte[] content)
    {
        var bytes = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(bytes, content.Length);
        System.Text.Encoding.ASCII.GetBytes(type, bytes.AsSpan(4));
        content.CopyTo(bytes, 8);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(content.Length + 8), Crc(bytes.AsSpan(4, content.Length + 4)));
        png.Write(bytes);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
