// What one picture costs from its file to pixel_values of a CLIP tower of 336 pixels, padded to a square as LLaVA-1.5 does, on one core.
//   dotnet run -c Release --project bench/Images -- PICTURE [OUT]      OUT: write the values, as float32 [3, 336, 336], to compare
//   python3 bench/peers/images.py PICTURE [OUT]                        the peer: Pillow, NumPy and the steps of CLIPImageProcessor
// Time is the processor's, which a busy machine does not stretch as much; the best round. Calls and rounds are the same in both.
using System.Runtime.InteropServices;
using LlavaMod.Data.Images;

const int Calls = 10, Rounds = 30;
var steps = new ImagePreprocessor { Size = 336, PadToSquare = true };
var values = new float[steps.ValueCount];
var file = File.ReadAllBytes(args[0]);
var picture = ImageDecoder.Decode(file, args[0]);

Console.WriteLine($"{args[0]}, {picture.Width} x {picture.Height}, {file.Length:N0} bytes; {Calls} calls a round, the best of {Rounds} rounds\n");
Console.WriteLine($"{"",-34}{"ms",10}{"a second",12}{"bytes/call",12}");
Measure("decode", () => ImageDecoder.Decode(file, args[0]));
Measure("pad, resize, crop, normalise", () => steps.Apply(picture, values));
Measure("file to pixel_values", () => steps.Apply(File.ReadAllBytes(args[0]), args[0], values));
if (args.Length > 1) File.WriteAllBytes(args[1], MemoryMarshal.AsBytes(values.AsSpan()));

static void Measure(string name, Action call)
{
    double best = double.MaxValue;
    long bytes = 0;
    for (int round = 0; round < Rounds; round++)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var start = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < Calls; i++) call();
        best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalMilliseconds / Calls);
        bytes = GC.GetAllocatedBytesForCurrentThread() - before;
    }
    Console.WriteLine($"{name,-34}{best,10:f2}{1000 / best,12:f0}{bytes / Calls,12:N0}");
}
