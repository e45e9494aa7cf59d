using LlavaMod.Recipes;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Names a benchmark as its papers do: <c>pope</c>, <c>textvqa</c>.</summary>
public sealed class BenchmarkAttribute(string name) : CatalogEntryAttribute(name);
