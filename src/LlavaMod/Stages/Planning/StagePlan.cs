using LlavaMod.Models;

namespace LlavaMod.Stages.Planning;

/// <summary>What a stage will take, before anything is loaded.</summary>
/// <param name="Name">The stage.</param>
/// <param name="Model">The model as the stage leaves it.</param>
/// <param name="Trained">Parameters that are trained.</param>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="TokensPerStep">Tokens a step, padding left out.</param>
/// <param name="Flops">Floating-point operations of the whole stage.</param>
/// <param name="Memory">Memory.</param>
/// <param name="Seconds">The time that the matrix products alone take at this machine's rate.</param>
public sealed record StagePlan(string Name, ModelSize Model, long Trained, int Steps, double TokensPerStep, double Flops, MemoryPlan Memory, double Seconds)
{
    /// <summary>Tokens of the whole stage.</summary>
    public double Tokens => Steps * TokensPerStep;
}
