using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class UpcyclingTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly List<string> asked = [];

    public void Dispose() => scope.Dispose();

    private Tensor? Find(string name, ulong seed = 1) =>
        new Upcycling(new Recorder(asked), seed).Find(name, [3, 2], Initializer.Normal(0.02));

    private sealed class Recorder(List<string> asked) : IParameterSource
    {
        public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer)
        {
            asked.Add(name);
            return name.Contains("missing", StringComparison.Ordinal) ? null : Create.Ones(shape);
        }
    }

    [Theory]
    [InlineData("model.layers.2.mlp.experts.0.gate_proj.weight", "model.layers.2.mlp.gate_proj.weight")]
    [InlineData("model.layers.12.mlp.experts.31.down_proj.weight", "model.layers.12.mlp.down_proj.weight")]
    [InlineData("model.layers.2.mlp.residual_expert.up_proj.weight", "model.layers.2.mlp.up_proj.weight")]
    [InlineData("mlp.experts.1.up_proj.weight", "mlp.up_proj.weight")]
    public void Experts_are_copies_of_the_dense_network(string expert, string dense)
    {
        Find(expert)!.ToArray<float>().ShouldAllBe(element => element == 1);
        asked.ShouldBe([dense]);
    }

    [Theory]
    [InlineData("model.embed_tokens.weight")]
    [InlineData("model.layers.1.mlp.gate_proj.weight")]
    [InlineData("model.layers.0.self_attn.q_proj.bias")]
    public void Everything_else_stays(string name)
    {
        Find(name).ShouldNotBeNull();
        asked.ShouldBe([name]);
    }

    [Fact]
    public void What_the_dense_model_lacks_stays_missing() => Find("model.missing").ShouldBeNull();

    [Theory]
    [InlineData("model.layers.0.mlp.gate.weight")]
    [InlineData("model.layers.0.mlp.coefficient.weight")]
    public void Routers_start_from_random_numbers_of_the_seed(string name)
    {
        float[] first = Find(name)!.ToArray<float>();
        first.ShouldAllBe(element => Math.Abs(element) < 0.1 && element != 0);
        Find(name)!.ToArray<float>().ShouldBe(first);
        Find(name, seed: 2)!.ToArray<float>().ShouldNotBe(first);
        Find(name.Replace('0', '2'))!.ToArray<float>().ShouldNotBe(first);
        asked.ShouldBeEmpty();
    }
}
