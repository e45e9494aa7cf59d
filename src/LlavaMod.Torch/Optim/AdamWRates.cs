namespace LlavaMod.Torch.Optim;

/// <summary>The numbers of one AdamW update, for gradient g, moments m and v, and weight w.</summary>
/// <param name="GradientScale">g is g' times this, g' being what backward has left; at most 1.</param>
/// <param name="Beta1">m becomes Beta1 m + (1 - Beta1) g.</param>
/// <param name="Beta2">v becomes Beta2 v + (1 - Beta2) g^2.</param>
/// <param name="Keep">w shrinks to w Keep, which is decoupled weight decay,</param>
/// <param name="StepSize">and moves by -StepSize m / (RootScale sqrt(v) + Epsilon). The learning rate over m's bias correction.</param>
/// <param name="RootScale">One over the root of v's bias correction.</param>
/// <param name="Epsilon">Keeps the quotient finite.</param>
internal readonly record struct AdamWRates(
    double GradientScale, double Beta1, double Beta2, double Keep, double StepSize, double RootScale, double Epsilon);
