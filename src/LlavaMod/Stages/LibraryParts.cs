using LlavaMod.Data.Formats;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Models.Connectors;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Tokenization;

namespace LlavaMod.Stages;

/// <summary>Everything that a recipe may name, from the catalogs.</summary>
public static class LibraryParts
{
    /// <summary>The parts as they are now; assemblies registered later add to the next call.</summary>
    public static RecipeParts All => new()
    {
        Objectives = Catalog<Objective>.Entries,
        Templates = Catalog<ChatTemplate>.Entries,
        Languages = Catalog<LanguageFamily>.Entries,
        Visions = Catalog<VisionFamily>.Entries,
        Connectors = Catalog<Connector>.Entries,
        Formats = Catalog<IDatasetFormat>.Entries,
        Benchmarks = Catalog<Benchmark>.Entries,
    };
}
