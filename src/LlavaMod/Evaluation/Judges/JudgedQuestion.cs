namespace LlavaMod.Evaluation.Judges;

/// <summary>A question as a judge sees it.</summary>
/// <param name="Text">What was asked about the picture.</param>
/// <param name="Reference">The answer that the benchmark gives.</param>
/// <param name="Context">What is in the picture, in words; empty where the benchmark does not say.</param>
/// <param name="Category">The kind of question; empty where the benchmark has none.</param>
public sealed record JudgedQuestion(string Text, string Reference, string Context = "", string Category = "");
