using LlavaMod.Torch;

namespace LlavaMod.Models.Vision;

/// <summary>
/// SigLIP's vision transformer (Zhai et al. 2023): no class token, no norm before the layers, and a head that pools by attention, which LLaVA does
/// not use. Its features are all patches of an inner layer, or with <see cref="VisionConfig.DropFirstPatch"/> all but the first.
/// Names are SiglipVisionModel's.
/// </summary>
public sealed class SiglipTower : VisionEncoder
{
    private readonly Tensor patchEmbedding;    // [D, 3, P, P]
    private readonly Tensor patchBias;         // [D]
    private readonly Tensor positionEmbedding; // [patches, D]
    private readonly LayerNorm postNorm;
    private readonly EncoderLayer[] layers;
    private readonly AttentionPooling? head;

    /// <summary>Builds the tower; its parameters go to the scope's store.</summary>
    public SiglipTower(ParameterScope scope, VisionConfig config) : base(config)
    {
        var model = (scope / "vision_model").Of(ModelPart.Vision);
        var embeddings = model / "embeddings";
        patchEmbedding = (embeddings / "patch_embedding").Parameter(
            "weight", [config.HiddenSize, 3, config.PatchSize, config.PatchSize], Initializer.Normal(0.02));
        patchBias = (embeddings / "patch_embedding").Parameter("bias", [config.HiddenSize], Initializer.Zeros);
        positionEmbedding = (embeddings / "position_embedding").Parameter(
            "weight", [config.Patches, config.HiddenSize], Initializer.Normal(1 / Math.Sqrt(config.HiddenSize)));
        layers = LayersOf(model, config);
        postNorm = new LayerNorm(model / "post_layernorm", config);
        head = config.VisionUseHead == false ? null : new AttentionPooling(model / "head", config);
    }

    private protected override EncoderLayer[] Layers => layers;

    /// <inheritdoc/>
    public override Tensor Features(Tensor pixels)
    {
        using var scope = new TensorScope();
        int first = Config.DropFirstPatch ? 1 : 0;
        return scope.Return(Inner(pixels).Narrow(1, first, Config.Tokens));
    }

    /// <summary>The last layer's states after the last norm, [B, patches, D].</summary>
    public Tensor LastNorm(Tensor lastHiddenState) => postNorm.Forward(lastHiddenState);

    /// <summary>SigLIP's pooled output [B, D] of states after the last norm [B, patches, D].</summary>
    /// <exception cref="InvalidOperationException">The tower has no head.</exception>
    public Tensor Pool(Tensor normalised) => (head ?? throw new InvalidOperationException("this tower is without its pooling head")).Forward(normalised);

    /// <inheritdoc/>
    protected override Tensor Embed(Tensor pixels)
    {
        using var scope = new TensorScope();
        var patches = pixels.To(patchEmbedding.DType).Conv2d(patchEmbedding, patchBias, Config.PatchSize); // [B, D, S/P, S/P]
        return scope.Return(patches.Reshape(pixels.Size(0), Config.HiddenSize, Config.Patches).Transpose(1, 2) + positionEmbedding);
    }

    // One learnt query looks at all patches, and an MLP stands around a residual connection.
    private sealed class AttentionPooling
    {
        private readonly Tensor probe;      // [1, 1, D]
        private readonly Tensor inputs;     // [3 D, D]: query, key and value below each other
        private readonly Tensor inputsBias; // [3 D]
        private readonly Linear output;
        private readonly LayerNorm norm;
        private readonly Linear first;
        private readonly Linear second;
        private readonly Func<Tensor, Tensor> activation;
        private readonly long heads;
        private readonly long width;

        public AttentionPooling(ParameterScope scope, VisionConfig config)
        {
            (heads, width) = (config.NumAttentionHeads, config.HiddenSize);
            double deviation = 1 / Math.Sqrt(width);
            probe = scope.Parameter("probe", [1, 1, width], Initializer.Normal(deviation));
            inputs = (scope / "attention").Parameter("in_proj_weight", [3 * width, width], Initializer.Normal(deviation));
            inputsBias = (scope / "attention").Parameter("in_proj_bias", [3 * width], Initializer.Zeros);
            output = new Linear(scope / "attention" / "out_proj", width, width, bias: true, deviation);
            norm = new LayerNorm(scope / "layernorm", config);
            first = new Linear(scope / "mlp" / "fc1", width, config.IntermediateSize, bias: true, deviation);
            second = new Linear(scope / "mlp" / "fc2", config.IntermediateSize, width, bias: true, 1 / Math.Sqrt(config.IntermediateSize));
            activation = EncoderLayer.Activation(config.HiddenAct);
        }

        // x: [B, N, D] -> [B, D]
        public Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            long batch = x.Size(0);
            var q = Heads(Projected(probe, 0).Expand(batch, 1, width)) * (1 / Math.Sqrt(width / heads));    // [B, H, 1, Dh]
            var weights = q.Matmul(Heads(Projected(x, 1)).Transpose(-1, -2)).Softmax(-1);                   // [B, H, 1, N]
            var mixed = weights.Matmul(Heads(Projected(x, 2))).Transpose(1, 2).Reshape(batch, 1, width);    // [B, 1, D]
            var pooled = output.Forward(mixed);
            return scope.Return((pooled + second.Forward(activation(first.Forward(norm.Forward(pooled))))).Reshape(batch, width));

            Tensor Projected(Tensor states, int which) => states.Linear(inputs.Narrow(0, which * width, width), inputsBias.Narrow(0, which * width, width));

            Tensor Heads(Tensor states) => states.Reshape(batch, -1, heads, width / heads).Transpose(1, 2);
        }
    }
}
