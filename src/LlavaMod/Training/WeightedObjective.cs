using LlavaMod.Objectives;

namespace LlavaMod.Training;

/// <summary>An objective of a stage, and what it is multiplied by.</summary>
/// <param name="Name">Its name in the recipe.</param>
/// <param name="Objective">The objective.</param>
/// <param name="Weight">Factor in the sum.</param>
public sealed record WeightedObjective(string Name, Objective Objective, double Weight);
