using LlavaMod.Torch;

namespace LlavaMod.Performance.Heads;

/// <summary>Our loss, measured: TOKENS VOCABULARY TYPE.</summary>
[Workload("heads")]
internal sealed class HeadWorkload(string[] words) : Workload
{
    private readonly HeadPair pair = new(int.Parse(words[0]), long.Parse(words[1]), Words.Type(words[2]));

    public override void Run()
    {
        using var scope = new TensorScope();
        pair.Run();
    }

    public override void Dispose() => pair.Dispose();
}
