using LlavaMod.Torch;

namespace LlavaMod.Performance;

/// <summary>The words of a case on the command line of a measured process.</summary>
internal static class Words
{
    public static DType Type(string word) => word == "bf16" ? DType.BFloat16 : DType.Float32;

    public static string Of(DType dtype) => dtype == DType.BFloat16 ? "bf16" : "fp32";
}
