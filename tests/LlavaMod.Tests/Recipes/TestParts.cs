using System.ComponentModel.DataAnnotations;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Recipes;

/// <summary>Stand-ins for the parts that recipes name, so that reading recipes is tested without any model.</summary>
public static class TestParts
{
    public static RecipeParts All { get; } = new()
    {
        Objectives = Catalog<Objective>.Scan(typeof(TestParts).GetNestedTypes()),
        Templates = [.. Catalog<Template>.Scan(typeof(TestParts).GetNestedTypes())],
        Languages = Catalog<Language>.Scan(typeof(TestParts).GetNestedTypes()),
        Visions = Catalog<Tower>.Scan(typeof(TestParts).GetNestedTypes()),
        Connectors = Catalog<Connector>.Scan(typeof(TestParts).GetNestedTypes()),
        Formats = [.. Catalog<IDatasetFormat>.Scan(typeof(TestParts).GetNestedTypes()), .. Catalog<IDatasetFormat>.Entries],
    };

    public sealed class NamedAttribute(string name) : CatalogEntryAttribute(name);

    public abstract class Template;

    public abstract class Language;

    public abstract class Tower;

    public abstract class Connector;

    public abstract class Divergence(bool teacher) : TokenObjective
    {
        public override bool NeedsTeacher => teacher;

        public override IReadOnlyDictionary<TokenScope, double> Scope => new Dictionary<TokenScope, double>();

        public override (Tensor Losses, Tensor Gradient) Losses(TokenRows rows) => throw new NotSupportedException();
    }

    [Named("forward-kl", Summary = "KL(teacher || student).")]
    public sealed class ForwardKl : Divergence
    {
        public ForwardKl(Options options) : base(true)
        {
            if (options.Reference && options.Temperature != 1)
                throw new UserError($"reference has no temperature, and it is {options.Temperature}; set one of them back");
        }

        public sealed record Options
        {
            [Range(0.0, 100.0, MinimumIsExclusive = true)]
            public double Temperature { get; init; } = 1.0;

            public ScopeWeights Scope { get; init; } = new();

            public bool Reference { get; init; }
        }

        public sealed record ScopeWeights(double Response = 1.0, double Prompt = 0.0, double Visual = 0.0);
    }

    [Named("cross-entropy", Summary = "The language-model loss.")]
    public sealed class CrossEntropy() : Divergence(false);

    [Named("load-balance", Summary = "Keeps experts evenly used.")]
    public sealed class LoadBalance : RouterObjective
    {
        public override Tensor Loss(IReadOnlyList<LayerRouting> layers) => throw new NotSupportedException();
    }

    [Named("kto-pair", Summary = "KTO over pairs.")]
    public sealed class KtoPair(KtoPair.Options options) : PreferenceObjective
    {
        public override double Beta { get; } = options.Beta;

        public override Tensor Losses(PreferenceLogProbabilities pairs) => throw new NotSupportedException();

        public sealed record Options
        {
            [Range(0.0, 10.0, MinimumIsExclusive = true)]
            public double Beta { get; init; } = 0.1;
        }
    }

    [Named("qwen", Summary = "LLaVA-MoD's prompt.")]
    public sealed class Qwen(Qwen.Options options) : Template
    {
        public string System { get; } = options.System;

        public sealed record Options
        {
            public string System { get; init; } = "";
        }
    }

    [Named("plain", Summary = "Text alone.")]
    public sealed class Plain : Template;

    [Named("qwen2", Summary = "Qwen2.")]
    public sealed class Qwen2(Qwen2.Options options) : Language
    {
        public int HiddenSize { get; } = options.HiddenSize;

        public sealed record Options
        {
            [Range(1, 65536)]
            public required int HiddenSize { get; init; }

            public int IntermediateSize { get; init; } = 64;

            public int NumHiddenLayers { get; init; } = 2;

            public int NumAttentionHeads { get; init; } = 4;

            public int NumKeyValueHeads { get; init; } = 4;
        }
    }

    [Named("clip_vision_model", Summary = "CLIP ViT.")]
    public sealed class Clip(Clip.Options options) : Tower
    {
        public int HiddenSize { get; } = options.HiddenSize;

        public sealed record Options
        {
            public required int HiddenSize { get; init; }

            public int IntermediateSize { get; init; } = 64;

            public int NumHiddenLayers { get; init; } = 2;

            public int NumAttentionHeads { get; init; } = 4;

            public int PatchSize { get; init; } = 14;

            public int ImageSize { get; init; } = 56;
        }
    }

    [Named("mlp2x_gelu", Summary = "Two layers with GELU.")]
    public sealed class Mlp : Connector;

    [Named("linear", Summary = "One layer.")]
    public sealed class Linear : Connector;

    [Named("scenes", Summary = "Made-up data without files.")]
    public sealed class Scenes(Scenes.Options options) : IDatasetFormat
    {
        public int Count { get; } = options.Count;

        public IDataset Open(Func<string, IImageSource> openImages) => throw new NotSupportedException();

        public sealed record Options : IDatasetOptions
        {
            [Range(1, 1000)]
            public int Count { get; init; } = 10;

            public Content Content { get; init; } = Content.Captions;

            public bool YieldsPairs => Content == Content.Preference;
        }

        public enum Content
        {
            Captions,
            Questions,
            Preference,
        }
    }
}
