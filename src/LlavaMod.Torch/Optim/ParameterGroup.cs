namespace LlavaMod.Torch.Optim;

/// <summary>Parameters that are trained alike.</summary>
/// <param name="Parameters">By name; leaves that require gradients.</param>
/// <param name="WeightDecay">Decoupled decay a step, times the learning rate; 0 switches it off.</param>
/// <param name="LearningRateScale">Times the step's learning rate.</param>
public sealed record ParameterGroup(
    IReadOnlyList<KeyValuePair<string, Tensor>> Parameters, double WeightDecay = 0, double LearningRateScale = 1);
