using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind e2e: several optimiser steps of LLaVA-MoD's own trainers on tiny models, dense to dense, dense to sparse and preference, taken by ours
/// in reference mode.
/// </summary>
public sealed class GoldenTrainingTests
{
    [GoldenTheory("e2e")]
    [MemberData(nameof(GoldenCases.OfKind), "e2e", MemberType = typeof(GoldenCases))]
    public void Losses_rates_gradients_and_weights_of_a_run_are_those_of_LLaVA_MoD(string name)
    {
        using var scope = new TensorScope();
        using var run = new GoldenTraining(GoldenCases.Open(name));
        var metrics = new List<Tensor>();
        var rates = new List<double>();
        for (int step = 0; step < run.Steps; step++)
        {
            run.CompareGradients(step);
            var (values, rate) = run.Step(step);
            metrics.Add(values);
            rates.Add(rate);
        }
        run.Golden.ShouldMatch("out.metrics", Shaping.Stack([.. metrics]));
        run.Golden.ShouldMatch("out.lr", Tensor.From(rates.ToArray(), rates.Count));
        run.CompareWeights();
        run.Golden.ShouldHaveComparedAll("out.");
    }
}
