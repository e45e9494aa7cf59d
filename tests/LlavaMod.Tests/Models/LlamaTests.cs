using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

/// <summary>Llama against a decoder of one layer written out in loops, and against Qwen2.</summary>
public sealed class LlamaTests : IDisposable
{
    private const int Heads = 4, KeyHeads = 2, Width = 12, Inner = 10;

    private static readonly long[] Ids = [7, 3, 39, 0, 21, 3, 8];

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static Llama.Options Sizes => new()
    {
        HiddenSize = Width, IntermediateSize = Inner, NumHiddenLayers = 1, NumAttentionHeads = Heads, NumKeyValueHeads = KeyHeads, HeadDim = 4, RopeTheta = 50,
    };

    public static TheoryData<string, Llama.Options> Variants => new()
    {
        { "plain", Sizes },
        { "attention with biases", Sizes with { AttentionBias = true } },
        { "heads wider than their share", Sizes with { HeadDim = 6 } },
        { "linear scaling", Sizes with { RopeScaling = new RopeScaling { RopeType = "linear", Factor = 4 } } },
        { "Llama 3's scaling", Sizes with { HeadDim = 8, RopeScaling = new RopeScaling { RopeType = "llama3", Factor = 8, OriginalMaxPositionEmbeddings = 24 } } },
        { "tied", Sizes with { TieWordEmbeddings = true } },
    };

    [Theory]
    [MemberData(nameof(Variants), DisableDiscoveryEnumeration = true)]
    public void Logits_are_those_of_the_formulas(string variant, Llama.Options options)
    {
        using var model = TinyModels.Build(3, new LlavaConfig { Language = new Llama(options).Configure(TinyModels.Words) });
        float[] found = Logits(model).ToArray<float>();
        double[] expected = [.. new Reference(model, options).Logits(Ids).SelectMany(row => row)];
        double largest = expected.Max(Math.Abs);
        largest.ShouldBeGreaterThan(1);
        for (int i = 0; i < found.Length; i++) ((double)found[i]).ShouldBe(expected[i], 2e-5 * largest, variant);
    }

    [Fact]
    public void Scaling_keeps_fast_turns_stretches_slow_ones_and_goes_smoothly_between()
    {
        var scaling = new RopeScaling { RopeType = "llama3", Factor = 8, OriginalMaxPositionEmbeddings = 8192 };
        scaling.Scale(1).ShouldBe(1);
        scaling.Scale(1e-6).ShouldBe(1 / 8.0);
        scaling.Scale(2.5 * 2 * Math.PI / 8192).ShouldBe(0.5 / 8 + 0.5, 1e-12);
    }

    [Fact]
    public void Qwen2_without_its_biases_is_Llama()
    {
        var options = new Qwen2.Options { HiddenSize = 16, IntermediateSize = Inner, NumHiddenLayers = 2, NumAttentionHeads = Heads, NumKeyValueHeads = KeyHeads };
        var same = new Llama.Options { HiddenSize = 16, IntermediateSize = Inner, NumHiddenLayers = 2, NumAttentionHeads = Heads, NumKeyValueHeads = KeyHeads, RopeTheta = options.RopeTheta };
        using var first = Llava.Build(new LlavaConfig { Language = new Llama(same).Configure(TinyModels.Words) }, new RandomParameters(3));
        using var second = Llava.Build(new LlavaConfig { Language = new Qwen2(options).Configure(TinyModels.Words) }, new RandomParameters(3)); // biases start at 0
        second.Parameters.Contains("model.layers.0.self_attn.q_proj.bias").ShouldBeTrue();
        first.Parameters.Contains("model.layers.0.self_attn.q_proj.bias").ShouldBeFalse();
        Logits(first).ToArray<float>().ShouldBe(Logits(second).ToArray<float>());
    }

    private static Tensor Logits(Llava model) =>
        model.Language.Logits(model.Language.Forward(new LanguageInput(model.Language.Embed(Tensor.From(Ids, 1, Ids.Length))), new RoutingPass()));

    private sealed class Reference(Llava model, Llama.Options options)
    {
        private readonly int headDim = options.HeadDim!.Value;

        public double[][] Logits(long[] ids)
        {
            double[][] x = [.. ids.Select(id => Row("model.embed_tokens.weight", (int)id, Width))];
            double[][] normed = [.. x.Select(row => Norm(row, "model.layers.0.input_layernorm.weight"))];
            double[][] q = [.. normed.Select((row, t) => Turn(Apply("self_attn.q_proj", row), t))];
            double[][] k = [.. normed.Select((row, t) => Turn(Apply("self_attn.k_proj", row), t))];
            double[][] v = [.. normed.Select(row => Apply("self_attn.v_proj", row))];
            for (int t = 0; t < x.Length; t++)
            {
                x[t] = Sum(x[t], Apply("self_attn.o_proj", Attend(q[t], k[..(t + 1)], v)));
                double[] inner = Norm(x[t], "model.layers.0.post_attention_layernorm.weight"), gate = Apply("mlp.gate_proj", inner), up = Apply("mlp.up_proj", inner);
                x[t] = Sum(x[t], Apply("mlp.down_proj", [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]));
            }
            string head = options.TieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
            return [.. x.Select(row => Product(head, Norm(row, "model.norm.weight")))];
        }

        private double[] Attend(double[] query, double[][] keys, double[][] values)
        {
            var mixed = new double[Heads * headDim];
            for (int h = 0; h < Heads; h++)
            {
                int start = h / (Heads / KeyHeads) * headDim;
                double[] scores = [.. keys.Select(key => Enumerable.Range(0, headDim).Sum(i => query[h * headDim + i] * key[start + i]) / Math.Sqrt(headDim))];
                double[] weights = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                for (int i = 0; i < headDim; i++) mixed[h * headDim + i] = weights.Select((weight, s) => weight * values[s][start + i]).Sum() / weights.Sum();
            }
            return mixed;
        }

        // Dimension i of a head turns with dimension i + Dh / 2.
        private double[] Turn(double[] heads, int position)
        {
            var turned = new double[heads.Length];
            for (int j = 0; j < heads.Length; j++)
            {
                int within = j % headDim, half = headDim / 2, pair = within % half;
                double frequency = Math.Pow(options.RopeTheta, -2.0 * pair / headDim);
                double angle = position * frequency * (options.RopeScaling is { } scaling ? Scaled(scaling, frequency) : 1);
                double other = within < half ? -heads[j + half] : heads[j - half];
                turned[j] = heads[j] * Math.Cos(angle) + other * Math.Sin(angle);
            }
            return turned;
        }

        private static double Scaled(RopeScaling scaling, double frequency)
        {
            if (scaling.RopeType == "linear") return 1 / scaling.Factor;
            double wavelength = 2 * Math.PI / frequency, length = scaling.OriginalMaxPositionEmbeddings;
            if (wavelength < length / scaling.HighFreqFactor) return 1;
            if (wavelength > length / scaling.LowFreqFactor) return 1 / scaling.Factor;
            double smooth = (length / wavelength - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor);
            return (1 - smooth) / scaling.Factor + smooth;
        }

        private double[] Norm(double[] row, string name)
        {
            double scale = 1 / Math.Sqrt(row.Average(value => value * value) + options.RmsNormEps);
            return [.. row.Zip(Row(name, 0, Width), (value, weight) => value * scale * weight)];
        }

        private double[] Apply(string name, double[] input)
        {
            double[] output = Product($"model.layers.0.{name}.weight", input);
            string bias = $"model.layers.0.{name}.bias";
            return model.Parameters.Contains(bias) ? Sum(output, Row(bias, 0, output.Length)) : output;
        }

        private double[] Product(string name, double[] input)
        {
            float[] weight = Values(name);
            return [.. Enumerable.Range(0, weight.Length / input.Length).Select(row => input.Select((value, column) => value * weight[row * input.Length + column]).Sum())];
        }

        private double[] Row(string name, int row, int width) => [.. Values(name).Skip(row * width).Take(width).Select(value => (double)value)];

        private float[] Values(string name) => model.Parameters[name].Value.ToArray<float>();

        private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
    }
}
