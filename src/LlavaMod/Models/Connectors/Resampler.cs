using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Models.Connectors;

/// <summary>
/// N learned queries look at all features of an image by one layer of cross-attention, so that an image takes N tokens whatever its patches: Qwen-VL's
/// adapter (Bai et al. 2023, arXiv 2308.12966, section 2.1), a single layer of what BLIP-2's Q-Former (Li et al. 2023) does in twelve. Queries Q, features
/// F, language width D, heads H of width Dh:
/// <c>x = ln_kv(W_kv F); y = attention(ln_q(Q), x + positions, x); tokens = W ln_post(y)</c>.
/// Positions are fixed, sines and cosines of row and column, and belong to keys alone: the queries are learned and learn theirs, where Qwen-VL adds fixed ones to
/// them too. Names are Qwen-VL's: <c>query</c>, <c>kv_proj</c>, <c>ln_q</c>, <c>ln_kv</c>, <c>attn.in_proj_weight</c>, <c>attn.out_proj</c>, <c>ln_post</c>,
/// <c>proj</c>. Matrices and queries start with deviation 0.02, biases at 0.
/// </summary>
[Connector("resampler", Summary = "N learned queries that look at the image by cross-attention (Qwen-VL, arXiv 2308.12966)")]
public sealed class Resampler : Connector
{
    private const double Deviation = 0.02;

    private readonly Options options;

    /// <summary>Makes the connector.</summary>
    /// <exception cref="UserError">An option is out of its range.</exception>
    public Resampler(Options options)
    {
        OptionLimits.Check(options);
        this.options = options;
    }

    /// <summary>Choices.</summary>
    public sealed record Options
    {
        /// <summary>N: tokens that an image takes, 1 to 4096. Qwen-VL has 256, BLIP-2 32.</summary>
        [Range(1, 4096)]
        public int NumQueries { get; init; } = 64;

        /// <summary>H, which divides D; 1 to 256.</summary>
        [Range(1, 256)]
        public int NumHeads { get; init; } = 8;

        /// <summary>Added to the variance in the three norms; above 0, at most 1.</summary>
        [Range(0.0, 1.0, MinimumIsExclusive = true)]
        public double LayerNormEps { get; init; } = 1e-6;

        /// <summary>Whether keys know where on the picture they are.</summary>
        public bool Positions { get; init; } = true;
    }

    /// <inheritdoc/>
    public override int Tokens(int features) => options.NumQueries;

    /// <inheritdoc/>
    public override Func<Tensor, Tensor> Build(ParameterScope scope, long visionWidth, long languageWidth)
    {
        if (languageWidth % options.NumHeads != 0) throw new UserError($"connector resampler: the language model's width {languageWidth} is not a multiple of num_heads {options.NumHeads}");
        if (options.Positions && languageWidth % 4 != 0) throw new UserError($"connector resampler: positions need a width that is a multiple of 4, and the language model's is {languageWidth}");
        return new Layer(scope, visionWidth, languageWidth, options).Forward;
    }

    private sealed class Layer(ParameterScope scope, long visionWidth, long width, Options options)
    {
        private readonly Tensor query = scope.Parameter("query", [options.NumQueries, width], Initializer.Normal(Deviation));
        private readonly Linear features = new(scope / "kv_proj", visionWidth, width, bias: false, Deviation);
        private readonly Norm queryNorm = new(scope / "ln_q", width, options.LayerNormEps);
        private readonly Norm featureNorm = new(scope / "ln_kv", width, options.LayerNormEps);
        private readonly Tensor inputs = (scope / "attn").Parameter("in_proj_weight", [3 * width, width], Initializer.Normal(Deviation)); // query, key, value
        private readonly Tensor inputsBias = (scope / "attn").Parameter("in_proj_bias", [3 * width], Initializer.Zeros);
        private readonly Linear output = new(scope / "attn" / "out_proj", width, width, bias: true, Deviation);
        private readonly Norm outputNorm = new(scope / "ln_post", width, options.LayerNormEps);
        private readonly Linear projection = new(scope / "proj", width, width, bias: false, Deviation);
        private readonly GridPositions? positions = options.Positions ? new GridPositions((int)width) : null;

        // patches: [I, F, V] -> [I, N, D]
        public Tensor Forward(Tensor patches)
        {
            using var inner = new TensorScope();
            long images = patches.Size(0);
            var x = featureNorm.Forward(features.Forward(patches));                                                  // [I, F, D]
            var keys = positions is null ? x : x + positions.Of((int)x.Size(1), x.Device).To(x.DType);               // [I, F, D]
            var q = Heads(Projected(queryNorm.Forward(query), 0).Unsqueeze(0)) * (1 / Math.Sqrt(width / options.NumHeads)); // [1, H, N, Dh]
            var scores = q.Matmul(Heads(Projected(keys, 1)).Transpose(-1, -2));                                      // [I, H, N, F]
            var mixed = scores.Softmax(-1, DType.Float32).To(x.DType).Matmul(Heads(Projected(x, 2)));                // [I, H, N, Dh]
            var y = output.Forward(mixed.Transpose(1, 2).Reshape(images, options.NumQueries, width));
            return inner.Return(projection.Forward(outputNorm.Forward(y)));

            Tensor Projected(Tensor states, int which) => states.Linear(inputs.Narrow(0, which * width, width), inputsBias.Narrow(0, which * width, width));

            // [B, T, D] -> [B, H, T, Dh]
            Tensor Heads(Tensor states) => states.Reshape(states.Size(0), -1, options.NumHeads, width / options.NumHeads).Transpose(1, 2);
        }
    }

    private sealed class Norm(ParameterScope scope, long width, double epsilon)
    {
        private readonly Tensor weight = scope.Parameter("weight", [width], Initializer.Ones, DType.Float32);
        private readonly Tensor bias = scope.Parameter("bias", [width], Initializer.Zeros, DType.Float32);

        // x: [..., D] -> [..., D], of x's type; in Float32
        public Tensor Forward(Tensor x) => x.To(DType.Float32).LayerNorm(weight, bias, epsilon).To(x.DType);
    }
}
