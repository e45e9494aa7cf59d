// Real tokens a second of d2d steps (forward KL and cross-entropy) over packed samples, beside the same steps over padded rows: two trainers with the
// same weights and samples take turns, so that whatever else the machine does falls on both. Processor time counts all threads.
//   dotnet run -c Release --project bench/Packing [SAMPLES A STEP, 16]        in the repository's root
using System.Globalization;
using LlavaMod.Bench.Packing;
using LlavaMod.Torch;

const int Steps = 16, WarmUp = 6;
int size = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 16;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, {size} samples a step, {Steps} steps\n");
Console.WriteLine($"{"",-12}{"real tokens",13}{"of padded",11}{"padded tok/s",14}{"packed tok/s",14}{"ratio",8}{"by processor time",19}{"loss apart by",15}");
foreach (var lengths in new[] { Lengths.World((Steps + WarmUp) * size), Lengths.Llava((Steps + WarmUp) * size) }) Measure(lengths, size);

static void Measure(Lengths lengths, int size)
{
    using var scope = new TensorScope();
    using Side padded = new(lengths), packed = new(lengths);
    double apart = 0;
    long positions = 0;
    foreach (var (apartRows, oneRow) in lengths.Batches(size, packed: false).Zip(lengths.Batches(size, packed: true)))
    {
        double first = padded.Step(apartRows), second = packed.Step(oneRow);
        apart = Math.Max(apart, Math.Abs(first - second) / Math.Abs(first));
        positions += apartRows.Sequences.Ids.Length;
    }
    var (one, other) = (padded.Totals(WarmUp), packed.Totals(WarmUp));
    double share = (double)padded.Tokens / positions;
    Console.WriteLine($"{lengths.Name,-12}{one.Tokens,13}{share,11:p1}{one.Tokens / one.Seconds,14:f0}{other.Tokens / other.Seconds,14:f0}{one.Seconds / other.Seconds,8:f2}{one.Processor / other.Processor,19:f2}{apart,15:e1}");
}
