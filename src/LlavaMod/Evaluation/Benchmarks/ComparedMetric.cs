namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>One figure of several results.</summary>
/// <param name="Name">The figure's name.</param>
/// <param name="Values">What each result has reached, in their order.</param>
public sealed record ComparedMetric(string Name, IReadOnlyList<ComparedValue> Values);

/// <summary>One figure of one result.</summary>
/// <param name="Value">The figure over the compared questions.</param>
/// <param name="Interval">Its 95 % interval.</param>
/// <param name="Difference">How far it is from the first result's; null for the first.</param>
public sealed record ComparedValue(double Value, Interval Interval, PairedDifference? Difference);

/// <summary>How far a figure is from that of the first result.</summary>
/// <param name="Value">The figure less the first result's.</param>
/// <param name="Interval">95 % interval of the difference, over draws of questions that are the same for both.</param>
/// <param name="P">Two-sided p of the paired permutation test, 0 to 1, above 0.</param>
/// <param name="Corrected">The same after Holm's correction for all results that are compared with the first.</param>
public sealed record PairedDifference(double Value, Interval Interval, double P, double Corrected);
