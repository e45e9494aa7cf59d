using LlavaMod.Torch;

namespace LlavaMod.Performance.Experts;

/// <summary>Our layer, measured: TOKENS EXPERTS sparse|dense.</summary>
[Workload("experts")]
internal sealed class ExpertWorkload(string[] words) : Workload
{
    private readonly ExpertLayer layer = new(int.Parse(words[0]), int.Parse(words[1]), dense: words[2] == "dense");

    public override void Run()
    {
        using var scope = new TensorScope();
        layer.Run();
    }

    public override void Dispose() => layer.Dispose();
}
