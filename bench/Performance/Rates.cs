using LlavaMod.Torch;

namespace LlavaMod.Performance;

/// <summary>How fast plain PyTorch multiplies (bench/peers/product.py) and libtorch copies on this machine: what the floor is computed from.</summary>
/// <param name="Single">Float32 products of 4,096 x 4,096 matrices, FLOP/s.</param>
/// <param name="Half">BFloat16 products, FLOP/s.</param>
/// <param name="Memory">Bytes a second that a copy of 512 MiB reads and writes.</param>
internal sealed record Rates(double Single, double Half, double Memory)
{
    private const int Repetitions = 3;

    // A processor without bfloat16 arithmetic takes a second for one of these.
    private const long Side = 4096, HalfSide = 1024, Copied = 512L << 20;

    /// <summary>FLOP/s of the peer's products.</summary>
    public double Of(DType dtype) => dtype == DType.BFloat16 ? Half : Single;

    /// <summary>Whether this machine has arithmetic for a type, and libtorch uses it.</summary>
    public bool Multiplies(DType dtype) => Of(dtype) >= Single / 2;

    /// <summary>FLOP/s of our products, which are Float32 where there is no arithmetic for their type.</summary>
    public double Ours(DType dtype) => Multiplies(dtype) ? Of(dtype) : Single;

    /// <summary>The floor of so much work, seconds.</summary>
    public double Seconds(double flops, double bytes, DType dtype = DType.Float32) => flops / Ours(dtype) + bytes / Memory;

    public static Rates Measure() => new(Product(Side, "fp32"), Product(HalfSide, "bf16"), 2 * Copied / Peer.TimeOurs("copy", Repetitions, $"{Copied}").Min);

    private static double Product(long side, string type) => 2.0 * side * side * side / Peer.Time("product.py", $"{side}", type, "--time", $"{Repetitions}").Min;

    /// <summary>A copy of so many bytes.</summary>
    [Workload("copy")]
    internal sealed class CopyWorkload(string[] words) : Workload
    {
        private readonly Tensor source = Create.Ones([long.Parse(words[0]) / sizeof(float)]), target = Create.Ones([long.Parse(words[0]) / sizeof(float)]);

        public override void Run() => target.Copy_(source);

        public override void Dispose()
        {
            source.Dispose();
            target.Dispose();
        }
    }
}
